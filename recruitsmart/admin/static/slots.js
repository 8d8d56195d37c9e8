// Offering an hour: the zone it is entered in is always said, and only the recruiter's cities can be chosen.

export function followRecruiter() {
  const form = document.querySelector("[data-slot-form]");
  if (!form) return;
  const { recruiter, zone, city } = form.elements;
  const said = form.querySelector("[data-zone-now]");
  const follow = () => {
    const chosen = recruiter.selectedOptions[0];
    const own = chosen?.dataset.zone ?? "";
    const name = zone.value || own;
    said.textContent = name ? `${said.dataset.words} ${name}` : "";
    const cities = new Set((chosen?.dataset.cities ?? "").split(","));
    for (const option of city.options) {
      option.hidden = option.disabled = option.value !== "" && own !== "" && !cities.has(option.value);
      if (option.disabled && option.selected) city.value = "";
    }
  };
  recruiter.addEventListener("change", follow);
  zone.addEventListener("change", follow);
  follow();
}
