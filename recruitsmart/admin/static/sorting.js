// Questions are dragged by their grip; the form then sends the new order. The buttons beside them do without.

export function sortByDragging() {
  const form = document.querySelector("[data-sortable]");
  if (!form) return;
  let dragged;
  for (const row of form.querySelectorAll("[data-question]")) {
    const grip = row.querySelector("[data-grip]");
    grip.hidden = false;
    grip.addEventListener("pointerdown", () => { row.draggable = true; });
    grip.addEventListener("pointerup", () => { row.draggable = false; });
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      row.classList.add("is-dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.question);
    });
    row.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      if (dragged === row) return;
      const box = row.getBoundingClientRect();
      row[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
    });
    row.addEventListener("drop", (event) => event.preventDefault());
    row.addEventListener("dragend", () => {
      row.classList.remove("is-dragged");
      row.draggable = false;
      dragged = undefined;
      const order = [...form.querySelectorAll("[data-question]")].map((each) => each.dataset.question).join(",");
      if (order === form.elements.order.value) return;
      form.elements.order.value = order;
      form.requestSubmit();
    });
  }
}
