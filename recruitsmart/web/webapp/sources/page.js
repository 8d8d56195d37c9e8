// The page: what is known, what is open, and what a tap does.

const [main, title, note, acts, content] =
  ["page", "title", "note", "acts", "content"].map((id) => document.getElementById(id));
const state = {
  me: null, hours: null, recruiter: 0, day: null, chosen: null, open: "", draft: { reason: "", words: "" },
  busy: false, again: null,
};
const REFRESH = new Set(["taken", "closed", "too_soon", "already_booked", "booking_gone", "wrong_stage", "not_found",
  "too_late"]);

function show() {
  main.setAttribute("aria-busy", String(state.busy));
  title.textContent = say("title");
  draw(content, ...views());
}

function views() {
  const { me } = state;
  if (!me) return [h("p", { class: "soft" }, state.busy ? say("loading") : "")];
  const chooses = state.hours && (me.step === "hour" || state.open === "move");
  return [
    me.booking ? null : h("p", {}, say(me.step === "hour" && me.purpose === "intro_day" ? "step_day" : `step_${me.step}`)),
    me.booking && state.open === "" ? bookingCard(me.booking, doing) : null,
    me.booking && state.open === "cancel" ? cancelForm(me.booking, state.draft, doing) : null,
    chooses ? chooser(state, doing) : null,
  ];
}

/** A sentence that is read aloud too; what can be done about it stands below. */
function tell(words, kind = "", ...ways) {
  note.className = words ? `note ${kind}` : "";
  note.textContent = words;
  draw(acts, ways);
  if (words && kind !== "aloud") note.scrollIntoView({ block: "nearest" });
}

/** One thing at a time: a second tap meanwhile does nothing. */
async function oneAtATime(work) {
  if (state.busy) return;
  state.busy = true;
  state.again = null;
  main.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    state.busy = false;
    show();
  }
}

async function load() {
  try {
    await fetchAll();
    tell("");
  } catch (problem) {
    if (!(problem instanceof NoAnswer)) throw problem;
    sayNoAnswer(problem);
  }
}

async function fetchAll() {
  const me = await read("/me");
  const query = state.recruiter ? `?recruiter=${state.recruiter}` : "";
  const hours = me.step === "hour" || me.booking?.may_move ? await read(`/slots${query}`) : null;
  speak(me.language);
  Object.assign(state, { me, hours });
  if (!me.booking) state.open = "";
}

/** What could not be read is read again by a tap, or as soon as there is a connection. */
function sayNoAnswer(problem) {
  const isFinal = problem.code.startsWith("init_data") || problem.code === "not_started";
  state.again = isFinal ? null : reload;
  const words = problem.message || say(navigator.onLine ? "unreachable" : "offline");
  tell(words, "bad", isFinal ? [] : button(say("retry"), "retry", reload));
}

const reload = () => oneAtATime(load);

async function carryOut(path, asked, done) {
  tell(say("loading"), "aloud"); // nothing may move under a finger that taps twice
  let answer;
  try {
    answer = await tap(path, asked);
  } catch (problem) {
    if (!(problem instanceof NoAnswer)) throw problem;
    tell(problem.message || say(navigator.onLine ? "unsure" : "offline_tap"), "bad",
      button(say("retry"), "retry", () => oneAtATime(() => carryOut(path, asked, done))));
    acts.querySelector("button").focus();
    return;
  }
  if (answer.status < 300) await succeed(answer.body, done);
  else await fail(answer.body.error);
}

async function succeed(body, done) {
  Object.assign(state, { open: "", chosen: null, draft: { reason: "", words: "" } });
  if (state.me) state.me.booking = body.booking;
  await refresh();
  show();
  tell(say(body.booking?.status === "pending" ? "done_pending" : done), "good");
  (document.getElementById("booking") ?? title).focus();
}

async function fail(error) {
  state.chosen = null;
  if (REFRESH.has(error.code)) await refresh();
  const stated = state.hours ?? { time_zone: "UTC", zone: "UTC+0" };
  const nearest = (error.nearest ?? []).map((hour) =>
    button(whenIs(hour, stated), `nearest-${hour.id}`, () => doing.take(hour)));
  const ways = nearest.length ? [h("p", {}, say("nearest")), h("div", { class: "row" }, nearest)] : [];
  tell(error.message, "bad", ...ways);
  acts.querySelector("button")?.focus();
}

/** How things stand now; when it cannot be read, what is shown stays and says nothing wrong of itself. */
async function refresh() {
  try {
    await fetchAll();
  } catch (problem) {
    if (!(problem instanceof NoAnswer)) throw problem;
    state.again = reload;
  }
}

function open(what, focus) {
  state.open = what;
  state.chosen = null;
  tell("");
  show();
  document.getElementById(focus)?.focus();
}

const doing = {
  askToMove: () => open("move", "choose"),
  askToCancel: () => open("cancel", "why"),
  keep: () => open("", "booking"),
  showDay: (day) => { Object.assign(state, { day, chosen: null }); show(); },
  choose: (hour) => { state.chosen = hour.id; show(); },
  chooseRecruiter: (id) => { state.recruiter = id; reload(); },
  take: (hour) => oneAtATime(() => {
    const { booking } = state.me;
    return booking ? carryOut("/reschedule", { booking_id: booking.id, slot_id: hour.id }, "done_moved")
      : carryOut("/booking", { slot_id: hour.id }, "done_booked");
  }),
  cancel: () => {
    const { reason, words } = state.draft;
    const why = reason === "other" ? words.trim() : reason;
    if (!why) return tell(say("reason_needed"), "bad");
    return oneAtATime(() => carryOut("/cancel", { booking_id: state.me.booking.id, reason: why }, "done_cancelled"));
  },
};

hearTelegram((type, data) => { if (type === "theme_changed") wear(data.theme_params); });
wear(themeOfLaunch());
speak(languageOfTelegram() || navigator.language);
tellTelegram("web_app_expand");
window.addEventListener("online", () => state.again?.());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && state.me && state.open === "") reload();
});
if (initData) reload().then(() => tellTelegram("web_app_ready"));
else {
  show();
  tell(say("elsewhere"), "bad");
  tellTelegram("web_app_ready");
}
