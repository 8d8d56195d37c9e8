// After an act a long list opens where it was pressed: the keyboard is on that row, or on the one that took its place.

const ROWS = "li.card-row, tbody tr";

export function keepPlace() {
  comeBack(JSON.parse(sessionStorage.getItem("place") ?? "null"));
  sessionStorage.removeItem("place");
  window.addEventListener("submit", (event) => {
    const row = event.target.closest(ROWS);
    if (!row || event.defaultPrevented || event.target.matches(":not([method=post]), [data-download]")) return;
    const list = listOf(row);
    sessionStorage.setItem("place", JSON.stringify({
      page: location.pathname + location.search,
      list: list.getAttribute("aria-labelledby"),
      number: rowsOf(list).indexOf(row),
      id: row.id,
      top: row.getBoundingClientRect().top,
    }));
  });
}

function comeBack(place) {
  if (!place || place.page !== location.pathname + location.search || location.hash) return;
  if (document.querySelector(".note-bad")) return; // what went wrong stands on top
  const list = place.list ? document.querySelector(`[aria-labelledby="${place.list}"]`) : document.querySelector("main");
  const rows = list ? rowsOf(list) : [];
  const row = (place.id && document.getElementById(place.id)) || rows[Math.min(place.number, rows.length - 1)];
  if (!row) return;
  const said = document.querySelector(".notes");
  said?.classList.add("afloat");
  const room = said ? said.offsetHeight + 16 : 0;
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
  window.scrollBy(0, row.getBoundingClientRect().top - Math.max(place.top, room));
  for (const moved of ["wheel", "touchmove", "keydown"]) {
    window.addEventListener(moved, () => said?.classList.remove("afloat"), { once: true, passive: true });
  }
}

function listOf(row) {
  return row.closest("section[aria-labelledby]") ?? document.querySelector("main");
}

function rowsOf(list) {
  return [...list.querySelectorAll(ROWS)];
}
