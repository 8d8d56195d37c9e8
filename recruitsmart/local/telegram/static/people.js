// The list of people and the sheet that adds one.

import { addPerson } from "./api.js";
import { avatar, fullName, h } from "./dom.js";

export class People {
  constructor({ onOpen }) {
    this.onOpen = onOpen;
    this.list = document.getElementById("people");
    this.entries = new Map();
    this.sheet = document.getElementById("newcomer");
    this.form = document.getElementById("newcomer-form");
    this.problem = this.form.querySelector(".problem");
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.add(); });
    this.form.querySelector("[data-close]").addEventListener("click", () => this.sheet.close());
  }

  replaceAll(people) {
    this.entries.clear();
    this.list.replaceChildren();
    for (const { last, ...person } of people) {
      this.show(person);
      if (last) this.note(person.id, last, true);
    }
  }

  get(id) {
    return this.entries.get(id)?.person;
  }

  ids() {
    return [...this.entries.keys()];
  }

  show(person) {
    const entry = this.entries.get(person.id) ?? this.addEntry(person.id);
    entry.person = person;
    entry.button.replaceChildren(avatar(person),
      h("span", { class: "lines" }, h("b", {}, fullName(person)), entry.line), entry.dot);
    entry.button.classList.toggle("blocked", person.blocked);
    if (!entry.line.textContent) entry.line.textContent = person.role === "recruiter" ? "Recruiter" : "Candidate";
  }

  addEntry(id) {
    const dot = h("span", { class: "dot", hidden: true }, h("span", { class: "unseen" }, "new messages"));
    const entry = { line: h("small", {}), dot, button: h("button", { type: "button", onclick: () => this.onOpen(id) }) };
    entry.item = h("li", {}, entry.button);
    this.list.append(entry.item);
    this.entries.set(id, entry);
    return entry;
  }

  /** Show the newest message under the name, and a dot when its chat is not open. */
  note(id, message, isOpen) {
    const entry = this.entries.get(id);
    if (!entry) return;
    const what = message.text || { contact: "Contact", document: "Document", location: "Location" }[message.kind];
    entry.line.textContent = (message.from === "person" ? "You: " : "") + (what ?? message.kind);
    if (!isOpen) entry.dot.hidden = false;
  }

  mark(openIds, activeId) {
    for (const [id, entry] of this.entries) {
      entry.button.classList.toggle("open", openIds.includes(id));
      entry.button.classList.toggle("active", id === activeId);
      entry.button.setAttribute("aria-current", id === activeId ? "true" : "false");
      if (openIds.includes(id) && (id === activeId || innerWidth > 760)) entry.dot.hidden = true;
    }
  }

  ask(role = "candidate") {
    this.form.reset();
    this.problem.hidden = true;
    this.form.elements.role.value = role;
    this.sheet.showModal();
    this.form.elements.first_name.focus();
  }

  async add() {
    try {
      const { id } = await addPerson(Object.fromEntries(new FormData(this.form)));
      this.sheet.close();
      this.onOpen(id);
    } catch (problem) {
      this.problem.textContent = problem.message;
      this.problem.hidden = false;
    }
  }
}
