// The booked hour: when, where, with whom; and the ways to change it.

const isDay = (booking) => booking.purpose === "intro_day";

function bookingCard(booking, acts) {
  const zone = booking.time_zone;
  const hours = isDay(booking)
    ? `${hourOf(booking.starts_at, zone)}–${hourOf(booking.ends_at, zone)}` : hourOf(booking.starts_at, zone);
  return h("section", { class: "card", "aria-labelledby": "booking" },
    h("h2", { id: "booking", tabindex: "-1" }, say(booking.purpose)),
    h("p", { class: `badge ${booking.status}` }, say(`status_${booking.status}`)),
    h("p", { class: "when" }, h("span", {}, atBeginning(dayOf(booking.starts_at, zone))), h("strong", {}, hours)),
    h("p", { class: "soft" }, say("zone", booking)),
    booking.link ? h("p", {}, linkTo(booking.link, say("link"), "wide primary")) : null,
    h("dl", {}, facts(booking)),
    booking.status === "pending" ? h("p", { class: "soft" }, say("pending_note")) : null,
    waysOut(booking, acts));
}

function facts(booking) {
  const map = booking.map_url ? linkTo(booking.map_url, say("map")) : null;
  const address = booking.address || map ? [booking.address ?? "", booking.address && map ? h("br") : "", map] : null;
  const known = [["recruiter", booking.recruiter], ["address", address], ["contact", booking.contact],
    ["bring", booking.bring]];
  return known.filter(([, value]) => value)
    .map(([name, value]) => h("div", {}, h("dt", {}, say(name)), h("dd", {}, value)));
}

function waysOut(booking, acts) {
  const giveUp = say(isDay(booking) ? "button_decline" : "button_cancel");
  return [
    booking.may_move ? null : h("p", { class: "soft" }, say("too_near")),
    h("div", { class: "row" },
      booking.may_move ? button(say("button_move"), "move", acts.askToMove) : null,
      booking.may_cancel ? button(giveUp, "cancel", acts.askToCancel, { class: "bad" }) : null),
  ];
}

/** Typed words stay in `draft` when the page is drawn anew. */
function cancelForm(booking, draft, acts) {
  const choose = (reason) => { draft.reason = reason; };
  const options = ["plans", "job", "mind", "other"].map((reason) =>
    h("label", { class: "option" },
      h("input", {
        type: "radio", name: "reason", value: reason, checked: draft.reason === reason, "data-name": `reason-${reason}`,
        onchange: () => choose(reason),
      }),
      say(reason === "other" ? "reason_other" : `button_reason_${reason}`)));
  const words = h("textarea", {
    id: "words-of-reason", rows: "2", maxlength: "500", "data-name": "reason-words",
    oninput: (event) => { draft.words = event.target.value; if (draft.words.trim()) check(options, "other", choose); },
  });
  words.value = draft.words;
  const submit = (event) => { event.preventDefault(); acts.cancel(); };
  return h("form", { class: "card", onsubmit: submit, novalidate: true },
    h("fieldset", { tabindex: "-1", id: "why" },
      h("legend", {}, say(isDay(booking) ? "decline_why" : "cancel_why")), options,
      h("label", { for: "words-of-reason", class: "soft" }, say("reason_words")), words,
      isDay(booking) ? h("p", { class: "soft" }, say("decline_note")) : null),
    h("div", { class: "row" },
      h("button", { type: "submit", class: "bad", "data-name": "cancel-sure" }, say("cancel_sure")),
      button(say("button_keep"), "keep", acts.keep)));
}

function check(options, reason, choose) {
  for (const option of options) {
    const input = option.querySelector("input");
    input.checked = input.value === reason;
  }
  choose(reason);
}
