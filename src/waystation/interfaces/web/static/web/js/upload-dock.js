// <upload-dock>: a queue of uploads for the folder that is shown, in words and bars.
import { announce } from "./copy.js";
import { fromDrop, fromInput } from "./dropped.js";
import { localise } from "./local-time.js";
import { Job } from "./upload-job.js";
import { line, left } from "./upload-line.js";
import { number, size } from "./wording.js";

const AT_ONCE = 2;
const SHOWN = 50;
const TOKEN_GOOD_MS = 600_000;

class UploadDock extends HTMLElement {
  async connectedCallback() {
    this.jobs = [];
    this.space = this.dataset.space;
    this.good = { token: this.dataset.token, until: performance.now() + TOKEN_GOOD_MS };
    this.build();
    this.listen();
    // The library is a deferred script of this page.
    if (!globalThis.tus) await new Promise((go) => addEventListener("load", go, { once: true }));
    await this.recall();
    this.dataset.ready = "";
  }

  build() {
    this.innerHTML = `<div class="dock-head"><strong><span data-sum></span><small data-much></small></strong><span class="dock-actions">
      <button type="button" class="quiet" data-act="pause-all">Pause all</button>
      <button type="button" class="quiet" data-act="close">Close</button></span></div>
      <progress data-total max="1" value="0" aria-label="All uploads"></progress>
      <ul class="dock-list"></ul>`;
    this.list = this.querySelector("ul");
  }

  listen() {
    const zone = document.querySelector("[data-drop]");
    const mark = (on) => zone?.toggleAttribute("data-over", on);
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      mark(true);
    });
    document.addEventListener("dragleave", (event) => event.relatedTarget ?? mark(false));
    document.addEventListener("drop", async (event) => {
      event.preventDefault();
      mark(false);
      this.add(await fromDrop(event.dataTransfer));
    });
    for (const input of document.querySelectorAll("[data-upload] input[type=file]")) {
      if (!("folderInput" in input.dataset)) input.multiple = true;
      input.addEventListener("change", () => {
        this.add(fromInput(input.files));
        input.value = "";
      });
    }
    addEventListener("online", () => this.goOn("cut"));
    this.addEventListener("click", (event) => this.act(event.target.closest("button")));
  }

  /** What was under way when the page was left: it needs its file again. */
  async recall() {
    const all = await tus.defaultOptions.urlStorage.findAllUploads();
    for (const old of all) {
      if (!(old.uploadUrl ?? "").includes(`/tus/${this.space}/`)) continue;
      if (this.jobs.some((job) => job.path === old.metadata.relativePath)) continue;
      this.jobs.push({ ...old, path: old.metadata.relativePath, state: "left", sent: 0, words: left(old) });
    }
    this.show();
  }

  add(found) {
    const folder = this.dataset.folder ? `${this.dataset.folder}/` : "";
    for (const { file, path } of found) {
      const job = new Job({ file, path: folder + path }, this);
      const before = this.jobs.findIndex((other) => other.path === job.path && other.state !== "sending");
      if (before >= 0) this.jobs[before] = job;
      else this.jobs.push(job);
    }
    this.next();
  }

  /** Start as many as may run at once. */
  next() {
    const running = this.jobs.filter((job) => job.state === "sending").length;
    const waiting = this.jobs.filter((job) => job.state === "waiting");
    for (const job of waiting.slice(0, Math.max(0, AT_ONCE - running))) job.start();
    this.show();
  }

  goOn(state) {
    for (const job of this.jobs) if (job.state === state) job.state = "waiting";
    this.next();
  }

  /** Told by a job. */
  changed(job) {
    const ended = ["done", "failed", "cut", "paused", "dropped"].includes(job.state);
    if (job.state === "dropped") this.jobs = this.jobs.filter((other) => other !== job);
    if (ended && job.told !== job.state) {
      job.told = job.state;
      this.next();
      if (!this.jobs.some((other) => ["sending", "waiting"].includes(other.state))) this.ended();
      return;
    }
    job.told = job.state;
    this.show();
  }

  async ended() {
    const done = this.jobs.filter((job) => job.state === "done").length;
    const failed = this.jobs.filter((job) => job.state === "failed").length;
    announce(`${number(done)} uploaded${failed ? `, ${number(failed)} not` : ""}.`);
    if (!done || document.querySelector("[data-drop] :checked")) return;
    // Uploads are one's own doing: the list may change under one's eyes.
    const page = await fetch(location.pathname + location.search).then((answer) => answer.text());
    const fresh = new DOMParser().parseFromString(page, "text/html");
    for (const part of ["#listing", ".folder-head .room"]) {
      const now = document.querySelector(part);
      const then = fresh.querySelector(part);
      if (now && then) now.replaceChildren(...then.childNodes);
    }
    localise();
    document.dispatchEvent(new Event("way:listing"));
  }

  act(button) {
    const act = button?.dataset.act;
    const job = this.jobs[Number(button?.closest("li")?.dataset.at)];
    if (act === "close") this.close();
    if (act === "pause-all") this.pauseAll();
    if (act === "pause") job.pause();
    if (act === "drop") this.forget(job);
    if (act === "replace") job.replace = true;
    if (act === "go" || act === "replace") {
      job.state = "waiting";
      this.next();
    }
  }

  pauseAll() {
    const running = this.jobs.filter((job) => ["sending", "waiting"].includes(job.state));
    if (running.length) for (const job of running) job.pause();
    else this.goOn("paused");
  }

  async forget(job) {
    if (job.drop) {
      job.drop();
      return;
    }
    this.jobs = this.jobs.filter((other) => other !== job);
    await tus.defaultOptions.urlStorage.removeUpload(job.urlStorageKey);
    const headers = { Authorization: `Bearer ${await this.token()}`, "Tus-Resumable": "1.0.0" };
    await fetch(job.uploadUrl, { method: "DELETE", headers });
    this.show();
  }

  close() {
    this.jobs = this.jobs.filter((job) => ["sending", "waiting", "paused"].includes(job.state));
    this.show();
    document.querySelector("[data-upload] input[type=file]")?.focus();
  }

  /** A token that is good for some more minutes. */
  async token() {
    if (performance.now() > this.good.until) {
      const csrf = document.querySelector("[name=csrfmiddlewaretoken]").value;
      const answer = await fetch(this.dataset.tokenUrl, { method: "POST", headers: { "X-CSRFToken": csrf } });
      if (answer.ok && !answer.redirected) {
        const { token } = await answer.json();
        this.good = { token, until: performance.now() + TOKEN_GOOD_MS };
      }
    }
    return this.good.token;
  }

  show() {
    this.hidden = !this.jobs.length;
    const mine = this.jobs.filter((job) => job.file);
    const done = mine.filter((job) => job.state === "done").length;
    const bytes = mine.reduce((sum, job) => sum + job.file.size, 0);
    const sent = mine.reduce((sum, job) => sum + job.sent, 0);
    const running = mine.some((job) => ["sending", "waiting"].includes(job.state));
    const sum = mine.length ? `${number(done)} of ${number(mine.length)} uploaded` : "Not finished before";
    this.querySelector("[data-sum]").textContent = sum;
    this.querySelector("[data-much]").textContent = running ? `${size(sent)} of ${size(bytes)}` : "";
    const total = this.querySelector("[data-total]");
    total.hidden = !mine.length;
    total.value = bytes ? sent / bytes : Number(done === mine.length);
    const all = this.querySelector("[data-act=pause-all]");
    all.hidden = !running && !mine.some((job) => job.state === "paused");
    all.textContent = running ? "Pause all" : "Go on";
    // What needs somebody comes first; a folder of ten thousand files is not ten thousand lines.
    const order = ["failed", "cut", "left", "sending", "paused", "waiting", "done"];
    const lines = this.jobs.map((job, at) => ({ job, at }));
    lines.sort((a, b) => order.indexOf(a.job.state) - order.indexOf(b.job.state) || a.at - b.at);
    lines.slice(0, SHOWN).forEach(({ job, at }, row) => line(this.list, row, job, at));
    while (this.list.children.length > Math.min(lines.length, SHOWN)) this.list.lastChild.remove();
  }
}

customElements.define("upload-dock", UploadDock);
