// The words of what is planned are fetched when somebody opens them. Without this file there is a link to them.

export function fetchPlannedWords() {
  for (const box of document.querySelectorAll("details[data-planned]")) {
    box.addEventListener("toggle", () => { if (box.open && !box.dataset.fetched) show(box); });
  }
}

async function show(box) {
  box.dataset.fetched = "yes";
  try {
    const answer = await fetch(box.dataset.planned, { signal: AbortSignal.timeout(10000) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const words = page.querySelector("[data-words]");
    if (!answer.ok || answer.redirected || !words) throw new Error(`words answered ${answer.status}`);
    box.querySelector("[data-words]").replaceWith(words);
  } catch {
    delete box.dataset.fetched;  // the link is still there
  }
}
