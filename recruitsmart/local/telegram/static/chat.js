// The chat page: people on the left, their open chats side by side, everything live.

import * as api from "./api.js";
import { h } from "./dom.js";
import { Pane } from "./pane.js";
import { People } from "./people.js";

const OPEN_AT_FIRST = 3;

const panes = new Map();
const area = document.getElementById("panes");
const offline = document.getElementById("offline");
const people = new People({ onOpen: (id) => open(id) });
let activeId = null;
let loading = Promise.resolve();

function showNotice(text) {
  document.getElementById("notice-text").textContent = text;
  document.getElementById("notice").showModal();
}

async function open(id) {
  if (!people.get(id)) people.show((await api.loadChat(id)).person);
  if (!panes.has(id)) await addPane(id);
  activate(id);
  panes.get(id).input.focus();
  panes.get(id).element.scrollIntoView({ inline: "nearest", block: "nearest" });
}

async function addPane(id) {
  area.querySelector(".welcome, .hint")?.remove();
  const pane = new Pane(people.get(id), { onClose: close, showNotice });
  panes.set(id, pane);
  pane.element.addEventListener("focusin", () => activate(id));
  area.append(pane.element);
  await pane.load();
}

function close(id) {
  panes.get(id).element.remove();
  panes.delete(id);
  activate([...panes.keys()].at(-1) ?? null);
  if (!panes.size) welcome();
}

function activate(id) {
  activeId = id;
  for (const [each, pane] of panes) pane.element.classList.toggle("active", each === id);
  if (panes.get(id)?.isBehind) panes.get(id).showEnd();
  people.mark([...panes.keys()], id);
  history.replaceState(null, "", panes.size ? `#${[...panes.keys()].join(",")}` : "#");
}

function welcome() {
  if (people.ids().length) return area.replaceChildren(h("p", { class: "hint" }, "Choose someone to open their chat."));
  area.replaceChildren(document.getElementById("welcome").content.cloneNode(true));
  return area.querySelectorAll("[data-role]").forEach((button) =>
    button.addEventListener("click", () => people.ask(button.dataset.role)));
}

/** Everything from the server: at the start, after a lost connection, after a reset. */
async function load() {
  offline.hidden = true;
  const start = await api.begin();
  showPanelLink(start.panel_url);
  const wasOpen = panes.size ? [...panes.keys()] : location.hash.slice(1).split(",").map(Number);
  people.replaceAll(start.people);
  area.replaceChildren();
  panes.clear();
  const known = wasOpen.filter((id) => people.get(id));
  const ids = known.length ? known : people.ids().slice(0, OPEN_AT_FIRST);
  await Promise.all(ids.map(addPane));
  activate(ids.includes(activeId) ? activeId : ids[0] ?? null);
  if (!ids.length) welcome();
}

/** One load after the other: a reset may come while a lost connection is being mended. */
function reload() {
  loading = loading.then(load).catch(() => { offline.hidden = false; });
}

function showPanelLink(url) {
  const link = document.getElementById("panel");
  link.hidden = !/^https?:/.test(url);
  if (!link.hidden) link.href = url;
}

function onMessage({ person, message }) {
  people.show(person);
  const isSeen = panes.has(person.id) && (person.id === activeId || innerWidth > 760);
  people.note(person.id, message, isSeen);
  panes.get(person.id)?.showPerson(person);
  panes.get(person.id)?.show(message);
}

function onPerson(person) {
  people.show(person);
  panes.get(person.id)?.showPerson(person);
}

document.getElementById("add").addEventListener("click", () => people.ask());
document.getElementById("reset").addEventListener("click", () => document.getElementById("sure").showModal());
document.getElementById("sure").addEventListener("close", (event) => {
  if (event.target.returnValue === "yes") api.empty();
  event.target.returnValue = "no";
});

api.listen({
  hello: reload,
  reload,
  message: onMessage,
  person: onPerson,
  answer: ({ person_id: id, answer }) => panes.get(id)?.showAnswer(answer),
  typing: ({ person_id: id }) => panes.get(id)?.showTyping(),
}, () => { offline.hidden = false; });
