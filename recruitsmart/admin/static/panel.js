// Small conveniences. Every page works without this file.

import { awaitNumbers } from "./analytics.js";
import { moveByDragging } from "./board.js";
import { followProgress } from "./broadcasts.js";
import { countTicks } from "./bulk.js";
import { followInbox } from "./inbox.js";
import { workOnCalendar } from "./calendar.js";
import { growOptions } from "./options.js";
import { keepPlace } from "./place.js";
import { followTyping } from "./preview.js";
import { followRecruiter } from "./slots.js";
import { previewTexts } from "./texts.js";
import { sortByDragging } from "./sorting.js";
import { fetchPlannedWords } from "./words.js";

const WORDS = "textarea, input:not([type], [autocomplete=username], [autocomplete=one-time-code])"; // somebody's own

function openMenusWhereThereIsRoom() {
  const menus = document.querySelectorAll("[data-open-wide]");
  const wide = window.matchMedia("(min-width: 900px)");
  const follow = () => { for (const menu of menus) menu.open = wide.matches; };
  wide.addEventListener("change", follow);
  follow();
}

function sendOnce() {
  for (const form of document.querySelectorAll("form[method=post]:not([data-download])")) { // a file leaves the page as it is
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "yes";
    });
  }
  window.addEventListener("pageshow", sendAgain); // the page may come back from the browser's memory
}

function sendAgain() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
}

// Who leaves the page with words in a form that is not the one sent is asked first.
function warnBeforeLosing() {
  const touched = new Set(unsaved());
  let sending;
  document.addEventListener("input", ({ target }) => {
    const form = target.closest("form[method=post]");
    if (form && (form.matches(".form") || target.matches(WORDS))) touched.add(form);
  });
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented) sending = event.target; });
  window.addEventListener("beforeunload", (event) => {
    const others = [...touched].filter((form) => form !== sending && form.isConnected);
    if (others.length) {
      event.preventDefault();
      sendAgain(); // whoever stays may press again
    } else {
      touched.delete(sending);
    }
    sending = undefined;
  });
}

// On a page that answers a form, what that form holds is saved nowhere: it was refused, or only looked at.
function unsaved() {
  if (!("answersForm" in document.body.dataset)) return [];
  return [...document.querySelectorAll("form[method=post]")].filter((form) => {
    const address = new URL(form.getAttribute("action") ?? "", location);
    const isFilled = form.matches(".form") || [...form.querySelectorAll(WORDS)].some((field) => field.value);
    return address.pathname === location.pathname && isFilled;
  });
}

function printOnPress() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

// “← Candidates” leads to the list as it was left in this tab, with its filters. The menu leads to the whole list.
function rememberLists() {
  for (const link of document.querySelectorAll("[data-list]")) {
    link.search = sessionStorage.getItem(`list ${link.pathname}`) ?? "";
  }
  sessionStorage.setItem(`list ${location.pathname}`, location.search);
}

openMenusWhereThereIsRoom();
rememberLists();
printOnPress();
sendOnce();
keepPlace();
warnBeforeLosing();
growOptions();
followTyping();
sortByDragging();
followRecruiter();
previewTexts();
fetchPlannedWords();
awaitNumbers();
followProgress();
countTicks();
followInbox();
moveByDragging();
workOnCalendar();
