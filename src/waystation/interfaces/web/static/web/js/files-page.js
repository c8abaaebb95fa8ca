// The list of a folder: tick all, how many are ticked, and a reading cookie that stays good.
const RENEW_MS = 20 * 60 * 1000;

export function start() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) tickAll(event.target.checked);
    count();
  });
  // Ticked by quick hands before this came.
  if (document.querySelector("[data-tick-all]")?.checked) tickAll(true);
  document.addEventListener("way:listing", count);
  count();
  // Downloads are read by a cookie that any page of ours renews.
  setInterval(() => fetch("/session", { method: "HEAD" }).catch(() => {}), RENEW_MS);
}

function tickAll(checked) {
  for (const box of boxes()) box.checked = checked;
}

const boxes = () => document.querySelectorAll("input[form=picked]");

function count() {
  const bar = document.querySelector("[data-picked-bar]");
  if (!bar) return;
  const ticked = [...boxes()].filter((box) => box.checked).length;
  bar.hidden = !ticked;
  const told = bar.querySelector("[data-picked-count]");
  if (told) told.textContent = ticked === 1 ? "1 thing" : `${ticked} things`;
  const all = document.querySelector("[data-tick-all]");
  all.checked = ticked > 0 && ticked === boxes().length;
  all.indeterminate = ticked > 0 && !all.checked;
}
