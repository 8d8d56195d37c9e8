// Telegram's colours, as far as people can read what is written in them.

const READABLE = 4.5;
const BLACK = [0, 0, 0];
const WHITE = [255, 255, 255];

function colour(words) {
  const digits = /^#([0-9a-f]{6})$/i.exec(words ?? "")?.[1];
  return digits ? [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16)) : null;
}

const written = (rgb) => `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

function luminance(rgb) {
  const [red, green, blue] = rgb.map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const mixed = (one, other, part) => one.map((value, at) => value + (other[at] - value) * part);

/** The colour itself where it can be read on all grounds, else as little darker or lighter as needed. */
function readable(rgb, ...grounds) {
  const away = contrast(BLACK, grounds[0]) > contrast(WHITE, grounds[0]) ? BLACK : WHITE;
  for (let part = 0; part < 1; part += 0.1) {
    const candidate = mixed(rgb, away, part).map(Math.round);
    if (grounds.every((ground) => contrast(candidate, ground) >= READABLE)) return candidate;
  }
  return away;
}

/** Without a ground and an ink there is no theme: then the page's own colours stay, light or dark as the system is. */
function wear(params) {
  const given = (...names) => names.map((name) => colour(params?.[name])).find(Boolean);
  const sheet = given("section_bg_color", "bg_color");
  const text = given("text_color");
  if (!sheet || !text) return;
  const second = given("secondary_bg_color", "bg_color");
  const isDark = luminance(sheet) < 0.18;
  const paper = isDark === luminance(second) < 0.18 ? second : sheet;
  const ink = readable(text, sheet, paper);
  const soft = readable(given("subtitle_text_color", "hint_color") ?? text, sheet, paper);
  const accent = readable(given("accent_text_color", "link_color", "button_color") ?? text, sheet, paper);
  const onButton = given("button_text_color") ?? (isDark ? BLACK : WHITE);
  const button = readable(given("button_color") ?? accent, onButton);
  const bad = readable(given("destructive_text_color") ?? (isDark ? [245, 161, 155] : [163, 32, 29]), sheet, paper);
  const colours = {
    paper, sheet, ink, soft, accent, button, bad,
    "button-ink": onButton,
    line: mixed(sheet, ink, 0.18), edge: mixed(sheet, ink, 0.5), good: readable(accent, sheet, paper),
  };
  const { style } = document.documentElement;
  style.colorScheme = isDark ? "dark" : "light";
  for (const [name, rgb] of Object.entries(colours)) style.setProperty(`--${name}`, written(rgb));
}

function themeOfLaunch() {
  try {
    return JSON.parse(launch.get("tgWebAppThemeParams") ?? "{}");
  } catch {
    return {};
  }
}
