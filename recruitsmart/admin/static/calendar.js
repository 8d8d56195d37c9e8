// The calendar: a drag over an empty stretch opens the form of a new hour, a dragged hour asks for its new time.
// Nothing is saved here: the forms are, and what is in the way is asked of the server while they are filled in.

const STEP = 15; // minutes a pointer snaps to
const FAR = 5; // pixels that make a drag
const USUAL = 30; // minutes of an hour that was only clicked
const PAUSE = 250;

export function workOnCalendar() {
  const calendar = document.querySelector("[data-calendar]");
  if (!calendar) return;
  const rows = JSON.parse(calendar.dataset.rows).map(([hour, top, height]) => ({ hour, top, height }));
  openDialogs();
  beginWithToday();
  checkWhileTyping();
  const create = document.getElementById("new-hour");
  if (create) offerByHand(create);
  calendar.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch" || !onSheet()) return;
    const block = event.target.closest(".block");
    if (block?.matches("[data-drag]")) follow(event, calendar, moving(block, rows, event));
    else if (!block && create && event.target.closest("[data-day]")) follow(event, calendar, making(create, rows, event));
  });
}

// In the list of a phone the days that are over come first; it opens at today, unless there is something to read on top.
function beginWithToday() {
  if (document.querySelector(".notes")) return;
  const today = document.querySelector(".day + .day.is-today");
  if (today && !onSheet() && !location.hash) today.scrollIntoView();
}

// Dialogs: the page may arrive with one open; here it becomes modal, and closing it leaves the address without it.

function openDialogs() {
  for (const dialog of document.querySelectorAll(".hour-dialog")) {
    dialog.addEventListener("close", () => {
      history.replaceState(null, "", dialog.dataset.back);
      focusOn(dialog.dataset.back.split("#")[1]);
    });
    dialog.addEventListener("click", (event) => {
      if (!event.target.closest("[data-close]")) return;
      event.preventDefault();
      dialog.close();
    });
    if (dialog.open) {
      dialog.removeAttribute("open");
      dialog.showModal();
    }
  }
}

function focusOn(id) {
  document.getElementById(id ?? "")?.querySelector("a")?.focus();
}

function offerByHand(dialog) {
  for (const link of document.querySelectorAll("[data-new]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      fill(dialog, link.dataset.on ? { on: link.dataset.on, zone: zoneDrawn() } : {});
    });
  }
}

function fill(dialog, values) {
  const form = dialog.querySelector("form");
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  if (!dialog.open) dialog.showModal();
  form.elements.at.focus();
  form.dispatchEvent(new Event("input"));
}

// What is in the way, while somebody types.

function checkWhileTyping() {
  for (const form of document.querySelectorAll("form[data-check]")) {
    let waits;
    let asked;
    form.addEventListener("input", () => {
      clearTimeout(waits);
      asked?.abort();
      if (!form.elements.at.value) return;
      asked = new AbortController();
      waits = setTimeout(look, PAUSE, form, asked.signal);
    });
  }
}

async function look(form, signal) {
  const typed = new URLSearchParams(new FormData(form));
  for (const name of ["csrf_token", "kept", "revision"]) typed.delete(name);
  const place = form.querySelector("[data-look]");
  try {
    const answer = await fetch(`${form.dataset.check}?${typed}`, { signal, headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(`the look answered ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...page.body.childNodes);
  } catch (problem) {
    if (problem.name !== "AbortError") place.replaceChildren(); // saving will say what is in the way
  }
}

// Dragging: one gesture for both, told apart by what it does with the places it passes.

function follow(event, calendar, gesture) {
  const start = { x: event.clientX, y: event.clientY };
  const ending = new AbortController();
  const { signal } = ending;
  let begun = false;
  const stop = () => {
    ending.abort();
    calendar.classList.remove("is-dragging");
    gesture.ghost.remove();
    gesture.end?.();
  };
  addEventListener("pointermove", (move) => {
    if (!begun && Math.hypot(move.clientX - start.x, move.clientY - start.y) < FAR) return;
    if (!begun) calendar.classList.add("is-dragging");
    begun = true;
    gesture.pass(move);
  }, { signal });
  addEventListener("pointerup", (up) => {
    stop();
    if (begun) swallowClick();
    gesture.drop(up, begun);
  }, { signal });
  addEventListener("pointercancel", stop, { signal });
  addEventListener("keydown", (key) => { if (key.key === "Escape") stop(); }, { signal });
}

function swallowClick() {
  const swallow = (event) => { event.preventDefault(); event.stopPropagation(); };
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
}

function making(dialog, rows, event) {
  const day = event.target.closest("[data-day]");
  const first = timeAt(rows, day, event.clientY);
  const ghost = newGhost();
  const span = (at) => {
    const last = timeAt(rows, day, at.clientY);
    return { begins: Math.min(first, last), ends: Math.max(first, last) + STEP };
  };
  return {
    ghost,
    pass: (move) => show(ghost, day, rows, span(move)),
    drop: (up, dragged) => {
      const { begins, ends } = dragged ? span(up) : { begins: first, ends: first + USUAL };
      if (!isMissing(day, begins)) fill(dialog, { on: day.dataset.day, at: clock(begins), zone: zoneDrawn(), minutes: ends - begins });
    },
  };
}

function moving(block, rows, event) {
  const ghost = newGhost();
  const from = block.closest("[data-day]");
  const { top, height } = block.getBoundingClientRect();
  const lasts = minutesAt(rows, from, top + height) - minutesAt(rows, from, top);
  const held = event.clientY - top;
  const place = (at) => {
    const day = document.elementsFromPoint(at.clientX, at.clientY).map((one) => one.closest("[data-day]")).find(Boolean);
    return day && { day, begins: timeAt(rows, day, at.clientY - held + 1) };
  };
  return {
    ghost,
    pass: (move) => {
      block.classList.add("is-lifted");
      const to = place(move);
      if (to) show(ghost, to.day, rows, { begins: to.begins, ends: to.begins + lasts });
    },
    drop: (up, dragged) => {
      const to = dragged && place(up);
      if (!to || isMissing(to.day, to.begins)) return;
      const address = new URL(block.querySelector(".block-time").href);
      for (const [name, value] of Object.entries({ on: to.day.dataset.day, at: clock(to.begins), zone: zoneDrawn() })) {
        address.searchParams.set(name, value);
      }
      location.assign(address);
    },
    end: () => block.classList.remove("is-lifted"),
  };
}

// Places and times.

function onSheet() {
  return getComputedStyle(document.querySelector(".lines")).display !== "none";
}

// A place on the sheet is a time in this zone, whichever the form was left with.
function zoneDrawn() {
  return document.querySelector("[data-calendar]").dataset.zone;
}

function rem() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}

function minutesAt(rows, day, y) {
  const at = (y - day.getBoundingClientRect().top) / rem();
  const row = rows.findLast((one) => one.top <= at) ?? rows[0];
  return row.hour * 60 + Math.min(Math.max((at - row.top) / row.height, 0), 1) * 60;
}

function timeAt(rows, day, y) {
  return Math.min(Math.floor(minutesAt(rows, day, y) / STEP) * STEP, 24 * 60 - STEP);
}

function topOf(rows, minutes) {
  const row = rows.findLast((one) => one.hour * 60 <= minutes) ?? rows[0];
  return row.top + (row.height * Math.min(minutes - row.hour * 60, 60)) / 60;
}

function isMissing(day, minutes) {
  return day.dataset.missing.split(",").includes(String(Math.floor(minutes / 60)));
}

function clock(minutes) {
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function newGhost() {
  const ghost = document.createElement("div");
  ghost.className = "ghost";
  ghost.setAttribute("aria-hidden", "true");
  return ghost;
}

function show(ghost, day, rows, { begins, ends }) {
  const last = Math.min(ends, 24 * 60);
  ghost.style.top = `${topOf(rows, begins)}rem`;
  ghost.style.height = `${Math.max(topOf(rows, last) - topOf(rows, begins), 1)}rem`;
  ghost.textContent = `${clock(begins)}–${clock(last % (24 * 60))}`;
  ghost.classList.toggle("is-refused", isMissing(day, begins));
  day.append(ghost);
}
