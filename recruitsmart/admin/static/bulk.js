// Ticking people on the list: all of the page at once, and how many are ticked.

export function countTicks() {
  const form = document.querySelector("[data-bulk]");
  if (!form) return;
  const ticks = [...document.querySelectorAll("input[name=tick]")];
  const all = document.querySelector("[data-tick-all]");
  const words = form.querySelector("[data-ticked]");
  const show = () => {
    const count = ticks.filter((tick) => tick.checked).length;
    words.textContent = words.dataset.ticked.replace("{}", count);
    all.checked = count > 0 && count === ticks.length;
    all.indeterminate = count > 0 && count < ticks.length;
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const tick of ticks) tick.checked = all.checked;
    show();
    if (all.checked) form.querySelector("[value=ticked]").checked = true;
  });
  for (const tick of ticks) {
    tick.addEventListener("change", () => {
      if (tick.checked) form.querySelector("[value=ticked]").checked = true;
      show();
    });
  }
  window.addEventListener("pageshow", show);
  show();
}
