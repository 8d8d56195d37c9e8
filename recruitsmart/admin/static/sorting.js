// Questions are dragged by their grip; the form then sends the new order. The buttons beside them do without.

export function sortByDragging() {
  const form = document.querySelector("[data-sortable]");
  if (!form) return;
  let dragged, stoodBefore;
  const list = form.querySelector("[data-question]").parentElement;
  list.addEventListener("dragover", (event) => { if (dragged) event.preventDefault(); }); // between two rows as well
  list.addEventListener("drop", (event) => event.preventDefault());
  for (const row of form.querySelectorAll("[data-question]")) {
    const grip = row.querySelector("[data-grip]");
    grip.hidden = false;
    grip.addEventListener("pointerdown", () => { row.draggable = true; });
    grip.addEventListener("pointerup", () => { row.draggable = false; });
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      stoodBefore = row.nextElementSibling;
      row.classList.add("is-dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.question);
    });
    row.addEventListener("dragover", (event) => {
      if (!dragged || dragged === row) return;
      const box = row.getBoundingClientRect();
      row[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
    });
    row.addEventListener("dragend", (event) => {
      row.classList.remove("is-dragged");
      row.draggable = false;
      dragged = undefined;
      if (event.dataTransfer.dropEffect === "none") row.parentElement.insertBefore(row, stoodBefore); // given up
      const order = [...form.querySelectorAll("[data-question]")].map((each) => each.dataset.question).join(",");
      if (order === form.elements.order.value) return;
      form.elements.order.value = order;
      form.requestSubmit();
    });
  }
}
