// The numbers of a long period appear as soon as they are counted.

const PAUSE = 500;
const LONGEST_PAUSE = 15000;

export function awaitNumbers() {
  if (document.querySelector("[data-counting]")) setTimeout(look, PAUSE, PAUSE);
}

// Postgres bounds a count: it ends, or the page that is asked for is an error, which a reload shows.
// Each look is a little later than the one before: the server may be away for long. A hidden page asks nothing.
async function look(pause) {
  if (document.hidden) { setTimeout(look, PAUSE, PAUSE); return; }
  try {
    const answer = await fetch(location.href, { headers: { "X-By-Itself": "1" }, signal: AbortSignal.timeout(10000) });
    if (!answer.ok || answer.redirected) { location.reload(); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-numbers]");
    if (!fresh.querySelector("[data-counting]")) {
      document.querySelector("[data-numbers]").replaceWith(fresh);
      return;
    }
  } catch {
    // The network comes and goes; the next look may succeed.
  }
  const longer = Math.min(pause * 1.5, LONGEST_PAUSE);
  setTimeout(look, longer, longer);
}
