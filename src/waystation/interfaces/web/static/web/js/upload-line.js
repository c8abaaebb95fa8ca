// A line of the upload dock: name, bar, what to do next. Text is set as text: names are anybody's.
import { moment, share, size } from "./wording.js";

const STATES = {
  waiting: "waiting",
  sending: "uploading",
  paused: "paused",
  cut: "cut off",
  failed: "not stored",
  left: "not finished",
  done: "stored",
};
const ACTS = {
  waiting: [["drop", "Cancel"]],
  sending: [["pause", "Pause"], ["drop", "Cancel"]],
  paused: [["go", "Go on"], ["drop", "Cancel"]],
  cut: [["go", "Try now"], ["drop", "Cancel"]],
  failed: [["go", "Try again"], ["drop", "Cancel"]],
  left: [["drop", "Discard"]],
  done: [],
};
const TAKEN = [["replace", "Replace it"], ["drop", "Keep the old one"]];

/** Write a job into a row of the list; the row is made when it is not there. */
export function line(list, row, job, at) {
  const item = list.children[row] ?? list.appendChild(empty());
  item.dataset.at = at;
  item.dataset.upload = job.state;
  const [name, state, words] = item.querySelectorAll("[data-name], [data-state-words], [data-words]");
  put(name, job.path);
  put(state, job.state === "sending" ? share(job.sent, job.file.size) : STATES[job.state]);
  put(words, job.words);
  const bar = item.querySelector("progress");
  bar.hidden = !["sending", "paused", "cut"].includes(job.state);
  bar.value = job.file?.size ? job.sent / job.file.size : 0;
  bar.setAttribute("aria-label", `Upload of ${job.path}`);
  buttons(item, job.taken ? TAKEN : ACTS[job.state], job.path);
}

/** What to do about an upload of before a reload. */
export function left(old) {
  return `Begun ${moment(new Date(old.creationTime).toISOString())}, ${size(old.size)}. Choose or drop the same file again: it goes on where it was.`;
}

function empty() {
  const item = document.createElement("li");
  item.innerHTML = `<span class="dock-name"><bdi data-name></bdi></span><span class="muted" data-state-words></span>
    <span class="dock-buttons"></span><progress max="1"></progress><p class="dock-words" data-words></p>`;
  return item;
}

/** Only what differs is touched: a focused button keeps the focus. */
function buttons(item, acts, path) {
  const place = item.querySelector(".dock-buttons");
  const key = `${acts.map(([act]) => act)} ${path}`;
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(
    ...acts.map(([act, words]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.dataset.act = act;
      button.textContent = words;
      button.setAttribute("aria-label", `${words}: ${path}`);
      return button;
    }),
  );
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
