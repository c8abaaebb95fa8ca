// Buttons that copy the text of another element, or a text of their own.
export function start() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-text]");
    if (!button) return;
    const own = button.dataset.copyText;
    const source = own ? button : document.querySelector(button.dataset.copy);
    const use = button.querySelector("use");
    const before = use.getAttribute("href");
    try {
      await navigator.clipboard.writeText(own ?? source.textContent.trim());
      use.setAttribute("href", before.replace(/#.*/, "#check"));
      announce("Copied");
    } catch {
      // Without a secure address there is no clipboard: select it, Ctrl-C is left to the reader.
      getSelection().selectAllChildren(source);
      announce("Selected; press Ctrl and C to copy");
    }
    setTimeout(() => use.setAttribute("href", before), 1500);
  });
}

export function announce(words) {
  document.getElementById("announcer").textContent = words;
}
