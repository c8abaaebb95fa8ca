// The stage form: how many paths were pasted, and no second submit by a double click.
import { number } from "./wording.js";

export function start() {
  const box = document.querySelector("[data-paths]");
  const count = document.querySelector("[data-paths-count]");
  if (box && count) {
    const say = () => {
      const lines = new Set(box.value.split("\n").map((line) => line.trim()).filter(Boolean));
      count.textContent = lines.size ? `${number(lines.size)} ${lines.size === 1 ? "path" : "paths"}` : "";
    };
    box.addEventListener("input", say);
    say();
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // Coming back by the back button finds the form usable again.
    addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
  });
}
