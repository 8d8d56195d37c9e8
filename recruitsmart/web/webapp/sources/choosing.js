// Choosing an hour: the next one is one tap, any other is day, hour, and a tap that says it aloud.

function chooser(state, acts) {
  const { hours } = state;
  const booking = state.me.booking;
  const verb = booking ? "move_to" : "book";
  const head = booking
    ? [h("h2", { id: "choose", tabindex: "-1" }, say("button_move")),
      h("p", {}, say("moving", { when: whenOf(booking.starts_at, booking.time_zone) + unlike(booking, hours) })),
      h("p", {}, button(say("button_keep"), "keep", acts.keep))]
    : [];
  return h("section", { class: booking ? "card" : "", "aria-label": booking ? null : say("more") },
    head, h("p", { class: "soft" }, say("zone", hours)),
    hours.held.map((hour) => heldHour(hour, hours, acts)),
    recruiterChoice(state, acts),
    hours.slots.length ? [nextHour(hours, verb, acts), calendar(state, verb, acts)]
      : h("p", {}, say(booking ? "none_to_move" : "none")));
}

/** The zone of an hour behind a change of the clocks: what is stated above is the one of today. */
function unlike(hour, stated) {
  return hour.zone === stated.zone ? "" : ` (${hour.zone})`;
}

function whenIs(hour, hours) {
  return whenOf(hour.starts_at, hours.time_zone) + unlike(hour, hours);
}

function heldHour(hour, hours, acts) {
  const words = say("held", { until: hourOf(hour.held_until, hours.time_zone) });
  const take = `${say("button_take")}: ${whenIs(hour, hours)}`;
  return h("div", { class: "held" }, h("p", {}, words),
    button(take, `held-${hour.id}`, () => acts.take(hour), { class: "primary wide" }));
}

function recruiterChoice(state, acts) {
  const { recruiters } = state.hours;
  if (!recruiters.length) return null;
  const choices = [{ id: 0, name: say("button_any_recruiter") }, ...recruiters].map((one) =>
    h("option", { value: one.id, selected: one.id === state.recruiter }, one.name));
  const change = (event) => acts.chooseRecruiter(Number(event.target.value));
  return h("p", {}, h("label", { for: "recruiter" }, say("recruiters")),
    h("select", { id: "recruiter", "data-name": "recruiter", onchange: change }, choices));
}

function nextHour(hours, verb, acts) {
  const [next] = hours.slots;
  const words = say(verb, { when: whenIs(next, hours) });
  return [h("h2", {}, say(hours.purpose === "intro_day" ? "next_day" : "next")),
    button(words, "next", () => acts.take(next), { class: "primary wide" })];
}

function calendar(state, verb, acts) {
  const zone = state.hours.time_zone;
  const days = Map.groupBy ? Map.groupBy(state.hours.slots, (hour) => dayKey(hour.starts_at, zone))
    : grouped(state.hours.slots, zone);
  const shown = days.has(state.day) ? state.day : days.keys().next().value;
  const hours = days.get(shown);
  const chosen = hours.find((hour) => hour.id === state.chosen);
  return [
    h("h2", {}, say("more")),
    h("div", { class: "days", role: "group", "aria-label": say("days") }, [...days].map(([key, [first]]) =>
      button(dayChip(first.starts_at, zone), `day-${key}`, () => acts.showDay(key), { "aria-pressed": key === shown }))),
    h("h3", { id: "hours" }, say("hours", { day: dayOf(hours[0].starts_at, zone) + unlike(hours[0], state.hours) })),
    h("div", { class: "hours", role: "group", "aria-labelledby": "hours" }, hours.map((hour) =>
      button(hourOf(hour.starts_at, zone), `hour-${hour.id}`, () => acts.choose(hour), {
        "aria-pressed": hour === chosen,
      }))),
    chosen ? h("p", { class: "bar" }, button(say(verb, { when: whenIs(chosen, state.hours) }), "book",
      () => acts.take(chosen), { class: "primary wide" })) : null,
  ];
}

function grouped(slots, zone) {
  const days = new Map();
  for (const hour of slots) {
    const key = dayKey(hour.starts_at, zone);
    days.set(key, [...(days.get(key) ?? []), hour]);
  }
  return days;
}

function dayChip(at, zone) {
  return [h("span", {}, atBeginning(moment(at, zone, { weekday: "short" }))), " ",
    h("strong", {}, moment(at, zone, { day: "numeric", month: "short" }))];
}
