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
  // A page that comes back from the browser's memory may send again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
}

function submitOnChange() {
  for (const form of document.querySelectorAll("[data-submit-on-change]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
}

function warnBeforeLosing() {
  const form = document.querySelector("form.form[method=post]");
  if (!form) return;
  let touched = false;
  form.addEventListener("input", () => { touched = true; });
  form.addEventListener("submit", () => { touched = false; });
  window.addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
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
submitOnChange();
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
