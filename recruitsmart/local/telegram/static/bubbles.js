// One message as a bubble, with the buttons under it.

import { appAddress } from "./api.js";
import { h, icon, timeOf } from "./dom.js";
import { isSafe, link, rich } from "./rich.js";

/** `acts` are what a bubble can ask its chat to do: say(text), press(message, button, element). */
export function bubble(message, personId, acts) {
  const mine = message.from === "person";
  const classes = ["message", mine ? "mine" : "theirs", `is-${message.kind}`, message.deleted && "gone"];
  const element = h(
    "article",
    { class: classes.filter(Boolean).join(" "), "data-message": message.message_id },
    h("div", { class: "bubble" },
      h("span", { class: "unseen" }, mine ? "You: " : "Bot: "),
      content(message),
      message.text && h("div", { class: "text" }, rich(message.text, message.entities, acts.say)),
      h("footer", {}, ...stamps(message))),
  );
  if (message.buttons.length && !message.deleted) element.append(inlineKeyboard(message, personId, acts));
  return element;
}

function stamps(message) {
  const labels = [];
  if (message.deleted) labels.push(h("span", { class: "label" }, "deleted"));
  else if (message.edited_at) labels.push(h("span", { class: "label" }, timeOf(message.edited_at, "edited")));
  return [...labels, timeOf(message.at)];
}

function content(message) {
  const show = CONTENTS[message.kind];
  return show ? show(message) : null;
}

const CONTENTS = {
  contact: ({ contact }) =>
    card("contact", [contact.first_name, contact.last_name].filter(Boolean).join(" "), contact.phone_number),
  document: ({ document }) => document && download(document),
  location: ({ location }) => card("place", "Location", `${location.latitude}, ${location.longitude}`),
  photo: (message) => (message.from === "bot" && message.document ? picture(message.document) : card("photo", "Photo")),
  sticker: () => h("span", { class: "sticker", role: "img", "aria-label": "Sticker: thumbs up" }, "👍"),
  voice: () => card("voice", "Voice message", "0:03"),
};

function card(name, title, detail = "") {
  return h("div", { class: "card" }, h("span", { class: "badge" }, icon(name)),
    h("span", { class: "lines" }, h("b", {}, title), detail && h("small", {}, detail)));
}

function download(file) {
  const element = h("a", { class: "card file", href: file.url, download: file.file_name },
    h("span", { class: "badge" }, icon("file")),
    h("span", { class: "lines" }, h("b", {}, file.file_name), h("small", {}, `${size(file.size)} · download`)));
  return isSafe(element.href) ? element : card("file", file.file_name, size(file.size));
}

function picture(file) {
  const image = h("img", { src: file.url, alt: `Photo ${file.file_name}`, class: "picture", loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(card("photo", "Photo", size(file.size))));
  return image;
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function inlineKeyboard(message, personId, acts) {
  const rows = message.buttons.map((row) =>
    h("div", { class: "row" }, ...row.map((button) => inlineButton(message, button, personId, acts))));
  return h("div", { class: "keys inline", role: "group", "aria-label": "Buttons" }, ...rows);
}

function inlineButton(message, button, personId, acts) {
  if (button.url && isSafe(button.url)) return outward(link(button.url, button.text));
  if (button.web_app) return outward(link(appAddress(personId, button.web_app), button.text));
  const press = (event) => acts.press(message, button, event.currentTarget);
  return h("button", { type: "button", class: "key", disabled: !("data" in button), onclick: press }, button.text);
}

function outward(anchor) {
  anchor.classList.add("key");
  anchor.append(icon("out"));
  return anchor;
}
