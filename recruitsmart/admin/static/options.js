// The table of a question's options grows by a row when asked to.

export function growOptions() {
  const button = document.querySelector("[data-add-option]");
  const template = document.querySelector("[data-option-template]");
  const body = document.querySelector("[data-options] tbody");
  if (!button || !template || !body) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const row = template.content.firstElementChild.cloneNode(true);
    const number = body.rows.length;
    for (const control of row.querySelectorAll("[name]")) {
      control.name = control.name.replace("__N__", String(number));
    }
    body.append(row);
    row.querySelectorAll("input")[1].focus();
  });
}
