// Keys: "/" goes to the search, Ctrl-K (or Cmd-K) opens the list of places.
const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

export function start() {
  const dialog = document.getElementById("palette");
  const search = document.querySelector("[data-search]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && search && !typing(event.target)) {
      event.preventDefault();
      search.focus();
    } else if (dialog && event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      open(dialog);
    }
  });
  if (dialog) listen(dialog);
}

function open(dialog) {
  if (dialog.open) return;
  dialog.querySelector("input").value = "";
  dialog.showModal();
  narrow(dialog);
}

function listen(dialog) {
  const input = dialog.querySelector("input");
  input.addEventListener("input", () => narrow(dialog));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(dialog, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(dialog, shown(dialog).find((item) => item.ariaSelected === "true"));
    }
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
    else go(dialog, event.target.closest("li"));
  });
}

const items = (dialog) => [...dialog.querySelectorAll("li")];
const shown = (dialog) => items(dialog).filter((item) => !item.hidden);

/** Show what fits the words typed; a number or a path becomes a place of its own. */
function narrow(dialog) {
  const asked = dialog.querySelector("input").value.trim();
  dialog.querySelector("#go-asked")?.remove();
  for (const item of items(dialog)) {
    item.hidden = !item.textContent.toLowerCase().includes(asked.toLowerCase());
  }
  if (/^\d+$/.test(asked) || asked.startsWith("/")) {
    const item = document.createElement("li");
    item.id = "go-asked";
    item.setAttribute("role", "option");
    item.dataset.href = `/search?q=${encodeURIComponent(asked)}`;
    item.textContent = asked.startsWith("/") ? `Where is ${asked}?` : `Request ${asked}`;
    dialog.querySelector("ul").prepend(item);
  }
  select(dialog, shown(dialog)[0]);
}

function move(dialog, step) {
  const list = shown(dialog);
  const at = list.findIndex((item) => item.ariaSelected === "true");
  select(dialog, list[(at + step + list.length) % list.length]);
}

function select(dialog, chosen) {
  for (const item of items(dialog)) item.ariaSelected = String(item === chosen);
  dialog.querySelector("input").setAttribute("aria-activedescendant", chosen?.id ?? "");
  chosen?.scrollIntoView({ block: "nearest" });
}

function go(dialog, item) {
  if (!item) return;
  dialog.close();
  location.assign(item.dataset.href);
}
