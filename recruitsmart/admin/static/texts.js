// A text is previewed while it is written; the server renders. Without this file the button “Preview” does the same.

const PAUSE_MS = 350;

export function previewTexts() {
  const form = document.querySelector("[data-text-form]");
  const shown = document.querySelector("[data-text-preview]");
  if (!form || !shown) return;
  const refresh = refresher(form, shown, document.querySelector("[data-preview-failed]"));
  let waiting;
  document.addEventListener("input", (event) => {
    if (event.target.form !== form) return;
    clearTimeout(waiting);
    waiting = setTimeout(refresh, PAUSE_MS);
  });
  for (const button of document.querySelectorAll("[data-preview-button]")) {
    button.addEventListener("click", (event) => { event.preventDefault(); clearTimeout(waiting); refresh(); });
  }
  insertVariables(form);
}

function refresher(form, shown, failed) {
  let asked = new AbortController();
  return async () => {
    asked.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(...request(form, asked.signal));
      if (!answer.ok || answer.redirected) throw new Error(`preview answered ${answer.status}`);
      const words = await answer.text();
      const focused = shown.contains(document.activeElement) ? document.activeElement.id : "";
      shown.innerHTML = words;
      if (focused) document.getElementById(focused)?.focus();
      failed.hidden = true;
    } catch (error) {
      if (error.name !== "AbortError") failed.hidden = false;
    }
  };
}

function request(form, signal) {
  const address = form.dataset.previewUrl;
  const fields = new FormData(form);
  if (form.method === "post") return [address, { method: "POST", body: fields, signal }];
  return [`${address}?${new URLSearchParams(fields)}`, { signal }];
}

function insertVariables(form) {
  const area = form.querySelector("textarea");
  for (const button of form.querySelectorAll("[data-insert]")) {
    button.addEventListener("click", () => {
      area.focus();
      area.setRangeText(button.dataset.insert, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}
