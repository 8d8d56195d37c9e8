// Telegram's entities as elements. Offsets count UTF-16 code units, exactly as JavaScript's strings do.

import { h } from "./dom.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const LINKS = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)»”]|(?<=^|\s)\/[A-Za-z0-9_]{1,32}(?=$|[\s.,!?])/g;
const SCHEMES = ["http:", "https:", "tg:", "mailto:", "tel:"];

/** A fragment for `text`; `onCommand` is called with a /command that is pressed. */
export function rich(text, entities, onCommand, from = 0, to = text.length) {
  const fragment = document.createDocumentFragment();
  let at = from;
  for (let i = 0, next; i < entities.length; i = next) {
    const entity = entities[i];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    for (next = i + 1; next < entities.length && entities[next].offset < end; next += 1);
    if (end <= start) continue;
    fragment.append(plain(text.slice(at, start), onCommand));
    const inner = rich(text, entities.slice(i + 1, next), onCommand, start, end);
    fragment.append(wrap(entity, text.slice(start, end), inner, onCommand));
    at = end;
  }
  fragment.append(plain(text.slice(at, to), onCommand));
  return fragment;
}

export function isSafe(url) {
  return URL.canParse(url) && SCHEMES.includes(new URL(url).protocol);
}

export function link(url, ...children) {
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

function wrap(entity, text, inner, onCommand) {
  if (entity.type === "bot_command") return command(text, onCommand);
  if (entity.type === "spoiler") return spoiler(inner);
  if (entity.type === "text_link" && isSafe(entity.url)) return link(entity.url, inner);
  return h(TAGS[entity.type] ?? "span", {}, inner);
}

function plain(text, onCommand) {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const found of text.matchAll(LINKS)) {
    fragment.append(text.slice(at, found.index));
    const isCommand = found[0].startsWith("/");
    fragment.append(isCommand ? command(found[0], onCommand) : link(found[0], found[0]));
    at = found.index + found[0].length;
  }
  fragment.append(text.slice(at));
  return fragment;
}

function command(text, onCommand) {
  return h("button", { type: "button", class: "command", onclick: () => onCommand(text) }, text);
}

function spoiler(inner) {
  const reveal = (event) => event.currentTarget.classList.add("revealed");
  return h("button", { type: "button", class: "spoiler", "aria-label": "Hidden text, show it", onclick: reveal }, inner);
}
