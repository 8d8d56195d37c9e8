// What the page says, and moments in the zone and the language of whoever reads.

const WORDS = JSON.parse(document.getElementById("words").textContent);
const SPELT = { ru: "ru", en: "en-GB" }; // the day before the month, as the chat writes it
let language = "ru";

function speak(code) {
  const wanted = (code || "").slice(0, 2).toLowerCase();
  language = wanted in WORDS ? wanted : "ru";
  document.documentElement.lang = language;
  document.title = say("title");
}

function say(key, values = {}) {
  return WORDS[language][key].replace(/\{\{ (\w+) \}\}/g, (_, name) => values[name] ?? "");
}

function moment(at, timeZone, parts) {
  return new Intl.DateTimeFormat(SPELT[language], { timeZone, ...parts }).format(new Date(at));
}

const atBeginning = (words) => words.charAt(0).toUpperCase() + words.slice(1);

const hourOf = (at, zone) => moment(at, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayOf = (at, zone) => moment(at, zone, { weekday: "long", day: "numeric", month: "long" });
const shortDay = (at, zone) => moment(at, zone, { weekday: "short", day: "numeric", month: "short" });
const whenOf = (at, zone) => `${shortDay(at, zone)}, ${hourOf(at, zone)}`;

/** The local day, as a name of it that sorts. */
function dayKey(at, timeZone) {
  const parts = { timeZone, year: "numeric", month: "2-digit", day: "2-digit" };
  return new Intl.DateTimeFormat("en-CA", parts).format(new Date(at));
}
