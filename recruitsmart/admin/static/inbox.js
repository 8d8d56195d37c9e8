// Conversations are looked at again every few seconds while the page is seen; so is the number in the menu.
// The server answers 304 as long as nothing has happened. The header says that nobody pressed anything.

const PAUSE = 3000;
const MENU_PAUSE = 15000;

export function followInbox() {
  toEnd(document); // on a card too, where nothing is looked at again
  backToUnread();
  for (const box of document.querySelectorAll("[data-changes]")) follow(box, box.dataset.changes, PAUSE);
  const menu = document.querySelector("[data-unread]");
  if (menu) follow(menu, menu.dataset.unread, MENU_PAUSE);
  insertQuickTexts();
  sendWithEnter();
}

function follow(box, address, pause, mark = "") {
  setTimeout(async () => {
    const next = document.hidden ? mark : await look(box, address, mark);
    if (next !== null) follow(box, address, pause, next);
  }, pause);
}

// The mark of what is shown now; null when it makes no sense to look again.
async function look(box, address, mark) {
  try {
    const headers = { "X-By-Itself": "1", ...(mark && { "If-None-Match": mark }) };
    const answer = await fetch(address, { headers, signal: AbortSignal.timeout(10000) });
    if (answer.status === 304) return mark;
    if (answer.redirected || [401, 403, 404].includes(answer.status)) return null;
    if (!answer.ok) return mark;
    return show(box, await answer.text()) ? answer.headers.get("ETag") ?? "" : mark;
  } catch {
    return mark; // the network comes and goes
  }
}

// Whether it could be shown: what somebody has the focus on stays for now.
function show(box, words) {
  const thread = box.querySelector("[data-thread]");
  const place = thread && thread.scrollTop;
  const atEnd = !thread || thread.scrollHeight - thread.scrollTop - thread.clientHeight < 40;
  const hadFocus = thread && thread === document.activeElement;
  if (box.contains(document.activeElement) && !hadFocus) return false;
  box.innerHTML = words;
  const fresh = box.querySelector("[data-thread]");
  if (fresh && atEnd) toEnd(box);
  if (fresh && !atEnd) fresh.scrollTop = place;
  lockAnswer(box);
  if (fresh && hadFocus) fresh.focus({ preventScroll: true });
  return true;
}

// Who cannot be reached any more cannot be written to; what is typed stays where it is.
function lockAnswer(box) {
  const seen = box.querySelector("[name=seen]");
  for (const each of seen?.form?.querySelectorAll("textarea, button:not([data-always])") ?? []) {
    each.disabled = "unreachable" in seen.dataset;
  }
}

function toEnd(box) {
  const thread = box.querySelector("[data-thread]");
  if (thread) thread.scrollTop = thread.scrollHeight;
}

// Whoever opens a conversation reads on from the first line that waits for an answer.
function backToUnread() {
  const line = document.querySelector("[data-unread-line]");
  const thread = line?.closest("[data-thread]");
  if (!thread) return;
  const above = line.getBoundingClientRect().top - thread.getBoundingClientRect().top - 16;
  thread.scrollTop += Math.min(0, above);
}

function insertQuickTexts() {
  for (const button of document.querySelectorAll("[data-quick]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const area = button.form.elements.text;
      const gap = area.value.trim() ? "\n" : "";
      area.value = area.value.trimEnd() + gap + button.dataset.quick;
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    });
  }
}

function sendWithEnter() {
  for (const area of document.querySelectorAll("[data-send-with-enter]")) {
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) area.form.requestSubmit();
    });
  }
}
