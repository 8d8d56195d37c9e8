// The question beside its form follows what is typed; the server makes it, as for a candidate.

const PAUSE_MS = 250;

export function followTyping() {
  const form = document.querySelector("[data-previewed]");
  const shown = document.querySelector("[data-bubbles]");
  if (!form || !shown || !form.querySelector("[data-preview-button]")) return;
  const button = form.querySelector("[data-preview-button]");
  button.hidden = true;
  let waiting, asking;
  const renew = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(form.dataset.previewed, { method: "POST", body: new FormData(form), signal: asking.signal });
      if (!answer.ok || answer.redirected) throw new Error(`preview answered ${answer.status}`);
      shown.innerHTML = await answer.text();
      button.hidden = true;
    } catch (error) {
      if (error.name !== "AbortError") button.hidden = false; // what is shown is no longer what is typed
    }
  };
  for (const happened of ["input", "change"]) {
    form.addEventListener(happened, () => { clearTimeout(waiting); waiting = setTimeout(renew, PAUSE_MS); });
  }
}
