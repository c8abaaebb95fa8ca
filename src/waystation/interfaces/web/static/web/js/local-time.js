// Every <time> on the reader's own clock; the server sends UTC for those without JavaScript.
import { moment } from "./wording.js";

export function localise(root = document) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = element.getAttribute("datetime");
    element.textContent = moment(at);
    element.title = at;
  }
}

export function start() {
  localise();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const element of document.querySelectorAll("[data-zone]")) {
    element.textContent = `on your clock (${zone})`;
  }
  document.addEventListener("htmx:after:swap", () => localise());
}
