// One person's chat: header, messages, keyboards, composer.

import * as api from "./api.js";
import { bubble } from "./bubbles.js";
import { avatar, dayOf, fullName, h, icon } from "./dom.js";
import { link } from "./rich.js";

const ANSWER_SECONDS = 15;

export class Pane {
  constructor(person, { onClose, showNotice }) {
    this.person = person;
    this.showNotice = showNotice;
    this.messages = new Map();
    this.waiting = new Map();
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", tabindex: "0" });
    this.log.setAttribute("aria-label", `Messages of ${fullName(person)} and the bot`);
    this.status = h("p", { class: "status" });
    this.toast = h("p", { class: "toast", role: "status" });
    this.keys = h("div", { class: "keys reply", role: "group", "aria-label": "Quick answers" });
    this.blockButton = this.tool("block", "Block the bot", () => this.toggleBlock());
    this.buildComposer();
    this.element = h("section", { class: "pane", "data-person": person.id, "aria-label": fullName(person) },
      h("header", { class: "head" }, avatar(person),
        h("div", { class: "who" }, h("h2", {}, fullName(person)), this.status),
        this.tool("contact", "Share contact", () => this.send({ contact: {} })),
        this.blockButton,
        this.tool("close", "Close this chat", () => onClose(person.id), "closer")),
      this.log, this.toast, this.keys, this.composer, this.blockedBar());
    this.showPerson(person);
  }

  tool(name, label, onclick, extra = "") {
    return h("button", { type: "button", class: `tool ${extra}`, title: label, "aria-label": label, onclick }, icon(name));
  }

  buildComposer() {
    this.input = h("textarea", {
      rows: "1", placeholder: "Message", "aria-label": `Message from ${fullName(this.person)}`, maxlength: "4096",
      onkeydown: (event) => this.onKey(event), oninput: () => this.grow(),
    });
    const submit = (event) => { event.preventDefault(); this.submit(); };
    this.composer = h("form", { class: "composer", onsubmit: submit },
      this.menu("attach", "Send something else", () => this.extras()),
      this.menu("menu", "The bot’s menu", () => this.botMenu()),
      this.input,
      h("button", { type: "submit", class: "tool send", "aria-label": "Send", title: "Send" }, icon("send")));
  }

  /** A button that opens a list of choices made at that moment. */
  menu(name, label, choices) {
    const list = h("ul", {});
    const details = h("details", { class: "menu" },
      h("summary", { class: "tool", title: label, "aria-label": label }, icon(name)), list);
    const close = () => { details.open = false; };
    details.addEventListener("toggle", async () => {
      if (details.open) list.replaceChildren(...(await choices()).map((choice) => h("li", { onclick: close }, choice)));
    });
    details.addEventListener("focusout", (event) => { if (!details.contains(event.relatedTarget)) close(); });
    details.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { close(); details.querySelector("summary").focus(); }
    });
    return details;
  }

  extras() {
    const choice = (name, label, message) =>
      h("button", { type: "button", onclick: () => this.send(message) }, icon(name), label);
    return [choice("contact", "Contact", { contact: {} }), choice("photo", "Photo", { photo: true }),
      choice("smile", "Sticker", { sticker: true }), choice("voice", "Voice message", { voice: true })];
  }

  async botMenu() {
    const chat = await api.loadChat(this.person.id);
    const app = chat.menu_button.web_app;
    const items = app ? [link(api.appAddress(this.person.id, app.url), icon("out"), chat.menu_button.text)] : [];
    for (const { command, description } of chat.commands || []) {
      const say = () => this.send({ text: `/${command}` });
      items.push(h("button", { type: "button", onclick: say }, h("b", {}, `/${command}`), h("small", {}, description)));
    }
    return items.length ? items : [h("p", {}, "The bot has not set a menu.")];
  }

  blockedBar() {
    return h("div", { class: "blocked-bar" }, h("span", {}, "This person has blocked the bot."),
      h("button", { type: "button", class: "primary", onclick: () => this.toggleBlock() }, "Unblock"));
  }

  async load() {
    const chat = await api.loadChat(this.person.id);
    const early = [...this.messages.values()].map(({ message }) => message);
    this.messages.clear();
    this.log.replaceChildren(this.start(chat.description));
    this.showPerson(chat.person);
    chat.messages.sort((a, b) => a.message_id - b.message_id).forEach((message) => this.show(message));
    // Events that arrived while the chat was on its way; those it already has are ignored.
    early.forEach((message) => this.show(message));
    this.showEnd();
  }

  /** On a narrow screen only the active chat has a height: the others are brought to their end when they appear. */
  showEnd() {
    this.isBehind = this.log.clientHeight === 0;
    this.log.scrollTop = this.log.scrollHeight;
  }

  start(description) {
    const begin = () => this.send({ text: "/start" });
    return h("div", { class: "start" }, h("img", { src: "/static/icon.svg", alt: "", width: 56, height: 56 }),
      h("p", {}, description || "Nothing here yet. Press Start, as people do when they open the bot for the first time."),
      h("button", { type: "button", class: "primary", onclick: begin }, "Start"));
  }

  showPerson(person) {
    this.person = person;
    this.element.classList.toggle("blocked", person.blocked);
    this.blockButton.setAttribute("aria-pressed", person.blocked);
    this.blockButton.title = person.blocked ? "Unblock the bot" : "Block the bot";
    this.blockButton.setAttribute("aria-label", "Block the bot");
    this.showStatus();
    const rows = person.reply_keyboard ?? [];
    this.keys.hidden = !rows.length || person.blocked;
    this.keys.replaceChildren(...rows.map((row) => h("div", { class: "row" }, ...row.map((key) => this.key(key)))));
  }

  key(key) {
    if (key.web_app) return link(api.appAddress(this.person.id, key.web_app), key.text, icon("out"));
    const message = key.request_contact ? { contact: {} } : { text: key.text };
    const parts = key.request_contact ? [icon("contact"), key.text] : [key.text];
    return h("button", { type: "button", class: "key", onclick: () => this.send(message) }, ...parts);
  }

  showStatus(typing = false) {
    const role = this.person.role === "recruiter" ? "Recruiter" : "Candidate";
    const rest = typing ? "the bot is typing…" : this.person.blocked ? "has blocked the bot" : `chat ${this.person.id}`;
    this.status.classList.toggle("typing", typing);
    this.status.replaceChildren(h("span", { class: `role ${this.person.role}` }, role), ` ${rest}`);
  }

  showTyping() {
    this.showStatus(true);
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.showStatus(), 5000);
  }

  /** Add a message, or replace it when it changed. */
  show(message) {
    const known = this.messages.get(message.message_id);
    if (known && known.message.seq >= message.seq) return;
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    const acts = { say: (text) => this.send({ text }), press: (...what) => this.press(...what) };
    const element = bubble(message, this.person.id, acts);
    if (known) this.replace(known.element, element);
    else this.append(message, element);
    this.messages.set(message.message_id, { message, element });
    if (message.from === "bot") { clearTimeout(this.typing); this.showStatus(); }
    if (atEnd || message.from === "person") this.log.scrollTop = this.log.scrollHeight;
  }

  append(message, element) {
    const day = dayOf(message.at);
    if (this.messages.size === 0 || this.day !== day) this.log.append(h("p", { class: "day" }, day));
    this.day = day;
    this.log.append(element);
  }

  replace(old, element) {
    const hadFocus = old.contains(document.activeElement);
    old.replaceWith(element);
    if (hadFocus) (element.querySelector("button") ?? this.input).focus();
  }

  async press(message, button, element) {
    element.setAttribute("aria-busy", "true");
    const settle = () => element.removeAttribute("aria-busy");
    const pressed = await this.attempt(() => api.press(this.person.id, message.message_id, button.data));
    if (!pressed) return settle();
    this.waiting.set(pressed.callback_query_id, settle);
    return setTimeout(() => this.settle(pressed.callback_query_id), ANSWER_SECONDS * 1000);
  }

  settle(queryId) {
    this.waiting.get(queryId)?.();
    this.waiting.delete(queryId);
  }

  showAnswer(answer) {
    // The event may overtake the answer to our own press.
    setTimeout(() => this.settle(answer.callback_query_id), 50);
    if (answer.text && answer.show_alert) this.showNotice(answer.text);
    else if (answer.text) this.say(answer.text);
  }

  say(sentence) {
    this.toast.textContent = sentence;
    this.toast.classList.add("shown");
    clearTimeout(this.toasting);
    this.toasting = setTimeout(() => this.toast.classList.remove("shown"), 4000);
  }

  onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    }
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 140)}px`;
  }

  async submit() {
    const text = this.input.value.trim();
    if (!text) return;
    if (await this.send({ text })) this.input.value = "";
    this.grow();
  }

  send(message) {
    return this.attempt(() => api.send(this.person.id, message));
  }

  toggleBlock() {
    return this.attempt(() => (this.person.blocked ? api.unblock : api.block)(this.person.id));
  }

  async attempt(act) {
    try {
      return await act();
    } catch (problem) {
      this.say(problem.message);
      return null;
    }
  }
}
