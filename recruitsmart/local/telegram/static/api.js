// What the page asks the simulator; every refusal becomes an Error with the simulator's sentence.

async function ask(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(path, options);
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.error ?? `The simulator answered ${answer.status}.`);
  return result;
}

export const begin = () => ask("GET", "/page/start");
export const loadChat = (id) => ask("GET", `/page/chats/${id}`);
export const addPerson = (person) => ask("POST", "/sim/people", person);
export const send = (id, message) => ask("POST", `/sim/people/${id}/messages`, message);
export const press = (id, messageId, data, label) =>
  ask("POST", `/sim/people/${id}/presses`, { message_id: messageId, data, text: label });
export const block = (id) => ask("POST", `/sim/people/${id}/block`);
export const unblock = (id) => ask("DELETE", `/sim/people/${id}/block`);
export const empty = () => ask("POST", "/sim/reset");

export function appAddress(id, url) {
  const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return `/page/chats/${id}/app?theme=${theme}&url=${encodeURIComponent(url)}`;
}

/** Live events; `listeners` maps their names to functions. "hello" comes at every (re)connection. */
export function listen(listeners, onLost) {
  const source = new EventSource("/page/events");
  for (const [name, listener] of Object.entries(listeners)) {
    source.addEventListener(name, (event) => listener(JSON.parse(event.data)));
  }
  source.addEventListener("error", onLost);
}
