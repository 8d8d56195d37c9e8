// Making elements. By `data-name` or `id` the focus is found again when the page is drawn anew.

function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("aria-")) element.setAttribute(name, String(value));
    else if (value === false) continue;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

function button(words, name, onclick, more = {}) {
  return h("button", { type: "button", "data-name": name, onclick, ...more }, words);
}

/** Draw anew; whoever had the focus on something that is still there keeps it. */
function draw(place, ...children) {
  const held = place.contains(document.activeElement) ? document.activeElement : null;
  const scrolled = place.querySelector(".days")?.scrollLeft ?? 0;
  place.replaceChildren(...children.flat(Infinity).filter(Boolean));
  const days = place.querySelector(".days");
  if (days) days.scrollLeft = scrolled;
  if (!held) return;
  const same = held.dataset.name ? `[data-name="${CSS.escape(held.dataset.name)}"]` : `#${CSS.escape(held.id)}`;
  if (held.dataset.name || held.id) place.querySelector(same)?.focus({ preventScroll: true });
}

/** A link out of what people of the panel typed: only to the web. */
function linkTo(address, words, look = "") {
  return /^https?:\/\//i.test(address)
    ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer", class: look, onclick: openOutside }, words)
    : h("span", {}, address);
}
