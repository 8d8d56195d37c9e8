// A broadcast's progress is fetched again every two seconds while the page is looked at.

const PAUSE = 2000;

export function followProgress() {
  const box = document.querySelector("[data-progress][data-live]");
  if (box) setTimeout(look, PAUSE, box);
}

async function look(box) {
  if (!document.hidden && !(await shown(box))) return;
  setTimeout(look, PAUSE, box);
}

// Whether it makes sense to look again.
async function shown(box) {
  try {
    const answer = await fetch(box.dataset.progress, { headers: { "X-By-Itself": "1" }, signal: AbortSignal.timeout(10000) });
    if (!answer.ok || answer.redirected) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-state]");
    if (!fresh) return false;
    const before = box.querySelector("[data-state]");
    if (fresh.dataset.state !== before.dataset.state) {
      location.reload();
      return false;
    }
    if (!before.contains(document.activeElement)) before.replaceWith(fresh);
  } catch {
    // The network comes and goes; the next look may succeed.
  }
  return true;
}
