// The board: a card dragged onto another column is moved as its menu would move it; the answer replaces the board.

const PATIENCE = 15000;

export function moveByDragging() {
  const board = document.querySelector("[data-board]");
  if (!board) return;
  let dragged = null;
  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-card]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
    dragged.classList.add("is-dragged");
  });
  board.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    markTarget(board, null);
    dragged = null;
  });
  board.addEventListener("dragover", (event) => {
    const column = targetOf(event, dragged);
    markTarget(board, column);
    if (column) event.preventDefault();
  });
  board.addEventListener("drop", (event) => {
    const column = targetOf(event, dragged);
    if (!column) return;
    event.preventDefault();
    send(board, { reference: dragged.dataset.card, seen: dragged.dataset.seen, to: column.dataset.stage });
  });
  board.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-move]")) return;
    event.preventDefault();
    const { reference, seen, to } = event.target.elements;
    send(board, { reference: reference.value, seen: seen.value, to: to.value });
  });
}

function targetOf(event, dragged) {
  const column = event.target.closest("[data-stage]");
  return dragged && column && !column.contains(dragged) ? column : null;
}

function markTarget(board, column) {
  for (const each of board.querySelectorAll(".is-target")) if (each !== column) each.classList.remove("is-target");
  column?.classList.add("is-target");
}

async function send(board, { reference, seen, to }) {
  if (board.ariaBusy === "true") return;
  board.ariaBusy = "true";
  const places = [...board.querySelectorAll(".board-columns")].map((row) => row.scrollLeft);
  try {
    const body = new URLSearchParams({ reference, seen, to, csrf_token: board.dataset.token });
    const answer = await fetch(board.dataset.address, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-board]");
    if (!fresh) throw new Error("no board came back");
    board.replaceChildren(...fresh.childNodes);
    board.dataset.token = fresh.dataset.token;
    tell(page.querySelectorAll("main > .note"));
    board.querySelectorAll(".board-columns").forEach((row, number) => { row.scrollLeft = places[number] ?? 0; });
    board.querySelector(`[data-card="${CSS.escape(reference)}"] a`)?.focus();
  } catch {
    location.reload();
  } finally {
    board.ariaBusy = "false";
  }
}

function tell(notes) {
  for (const old of document.querySelectorAll("main > .note")) old.remove();
  document.querySelector("main > .top").after(...notes);
}
