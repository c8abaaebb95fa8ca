// A drop box: files that are dropped or chosen are sent one after the other, each with its bar.
import { announce } from "./copy.js";
import { size } from "./wording.js";

const box = document.querySelector("[data-box]");
const list = document.querySelector(".box-list");
const input = box.querySelector("input[type=file]");
const waiting = [];
let busy = false;

function add(files) {
  for (const file of files) {
    const row = document.createElement("li");
    const name = document.createElement("span");
    const words = document.createElement("span");
    const bar = document.createElement("progress");
    name.textContent = file.name;
    words.textContent = size(file.size);
    words.dataset.boxWords = "";
    bar.value = 0;
    bar.setAttribute("aria-label", `Progress of ${file.name}`);
    row.append(name, words, bar);
    list.append(row);
    waiting.push({ file, row, words, bar });
  }
  list.hidden = !list.children.length;
  next();
}

async function next() {
  if (busy || !waiting.length) return;
  busy = true;
  const job = waiting.shift();
  const [state, words] = await send(job);
  job.row.dataset.boxState = state;
  job.words.textContent = words;
  job.bar.remove();
  announce(`${job.file.name}: ${words}`);
  busy = false;
  next();
}

/** @returns {Promise<[string, string]>} how it ended, and what to say */
function send({ file, words, bar }) {
  return new Promise((done) => {
    const call = new XMLHttpRequest();
    call.open("PUT", box.dataset.box + encodeURIComponent(file.name));
    call.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = event.loaded / event.total;
      words.textContent = `${size(event.loaded)} of ${size(event.total)}`;
    });
    call.addEventListener("load", () => done(outcome(call, file)));
    call.addEventListener("error", () => done(["failed", "The line broke. Choose it again."]));
    call.send(file);
  });
}

function outcome(call, file) {
  let said = {};
  try {
    said = JSON.parse(call.responseText);
  } catch {
    // A proxy's own page: the status says enough.
  }
  if (call.status !== 201) return ["failed", said.title ?? "It was not stored. Try again."];
  return ["done", said.name === file.name ? "arrived" : `arrived as ${said.name}`];
}

input.required = false;
input.addEventListener("change", () => {
  add([...input.files]);
  input.value = "";
});
document.addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  box.toggleAttribute("data-over", true);
});
document.addEventListener("dragleave", (event) => event.relatedTarget ?? box.toggleAttribute("data-over", false));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  box.toggleAttribute("data-over", false);
  add([...event.dataTransfer.files]);
});
addEventListener("beforeunload", (event) => {
  if (busy) event.preventDefault();
});
