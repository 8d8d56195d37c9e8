// The question beside its form follows what is typed; the server makes it, as for a candidate.

const PAUSE_MS = 250;

export function followTyping() {
  const form = document.querySelector("[data-previewed]");
  const shown = document.querySelector("[data-bubbles]");
  if (!form || !shown || !form.querySelector("[data-preview-button]")) return;
  form.querySelector("[data-preview-button]").hidden = true;
  let waiting, asking;
  const renew = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(form.dataset.previewed, { method: "POST", body: new FormData(form), signal: asking.signal });
      if (answer.ok) shown.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") form.querySelector("[data-preview-button]").hidden = false;
    }
  };
  for (const happened of ["input", "change"]) {
    form.addEventListener(happened, () => { clearTimeout(waiting); waiting = setTimeout(renew, PAUSE_MS); });
  }
}
