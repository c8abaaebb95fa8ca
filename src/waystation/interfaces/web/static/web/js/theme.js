// The theme switch: as the system, light, dark, and round again.
const ORDER = ["auto", "light", "dark"];
const ICONS = { auto: "auto", light: "sun", dark: "moon" };
const WORDS = { auto: "as the system", light: "light", dark: "dark" };

function current() {
  return document.documentElement.dataset.theme ?? "auto";
}

function show(button, theme) {
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICONS[theme]}`));
  button.setAttribute("aria-label", `Theme: ${WORDS[theme]}`);
}

export function start() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  show(button, current());
  button.addEventListener("click", () => {
    const next = ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length];
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("way-theme", next);
    } catch {
      // Not kept, but switched.
    }
    show(button, next);
    document.dispatchEvent(new Event("way:theme"));
  });
}
