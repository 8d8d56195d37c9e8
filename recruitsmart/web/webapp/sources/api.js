// The only address the page talks to. A tap keeps its key until it is known what became of it.

const ROOT = "/api/webapp";
const PATIENCE_MS = 15_000;
const keys = new Map();

/** No answer came, or one that says “not now”. `code` is the server's, if it said anything. */
class NoAnswer extends Error {
  constructor(message, code = "") {
    super(message);
    this.code = code;
  }
}

async function send(path, options = {}) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  const headers = { ...options.headers, "X-Telegram-Init-Data": initData, "Accept-Language": language };
  try {
    const answer = await fetch(ROOT + path, { ...options, headers, signal: patience.signal, credentials: "omit" });
    return { status: answer.status, body: await answer.json() };
  } catch {
    throw new NoAnswer("");
  } finally {
    clearTimeout(timer);
  }
}

async function read(path) {
  const { status, body } = await send(path);
  if (status !== 200) throw new NoAnswer(body.error?.message ?? "", body.error?.code);
  return body;
}

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((part) => part.toString(16).padStart(2, "0")).join("");
}

/** Do what was tapped. The same intention goes under the same key until the server has said what became of it. */
async function tap(path, asked) {
  const body = JSON.stringify(asked);
  const intention = path + body;
  if (!keys.has(intention)) keys.set(intention, newKey());
  const headers = { "Content-Type": "application/json", "Idempotency-Key": keys.get(intention) };
  const answer = await send(path, { method: "POST", body, headers });
  if (answer.status === 503 || answer.status === 429) {
    throw new NoAnswer(answer.body.error.message, answer.body.error.code);
  }
  keys.delete(intention);
  return answer;
}
