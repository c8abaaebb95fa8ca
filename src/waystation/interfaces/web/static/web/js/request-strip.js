// <request-strip>: every file of a request as a cell, coloured by state. Hover names a file,
// dragging (or Shift and arrows) marks a part and lists it below, so that 100,000 files stay one look.
import { announce } from "./copy.js";
import { atMostEvery } from "./event-source.js";
import { blockAt, folded, layout } from "./strip-layout.js";
import { FILE_STATES, number } from "./wording.js";

const CODES = ["waiting", "queued", "recalling", "online", "failed", "cancelled", "released"];
// What an event makes of the files it names.
const BECOMES = { queued: 1, recalling: 2, online: 3, failed: 4, cancelled: 5, released: 6, evicted: 1, retried: 0 };
const WHOLE_EVERY = 8000;
const NAME_AFTER = 120;

class RequestStrip extends HTMLElement {
  #cells = new Uint8Array();
  #bucket = 1;
  #grid = null;
  #shown = new Uint8Array();
  #colours = [];
  #at = -1;
  #from = -1;
  #byPointer = false; // who marked: a pointer that leaves takes only its own mark away
  #names = new Map();
  #nameTimer = 0;
  #canvas = document.createElement("canvas");
  #base = document.createElement("canvas"); // the cells; marks are drawn over a copy of it

  connectedCallback() {
    const canvas = this.#canvas;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-busy", "true");
    canvas.setAttribute(
      "aria-label",
      "Every file as a cell. Arrow keys move, Shift marks, Enter lists the files below.",
    );
    this.prepend(canvas);
    canvas.addEventListener("pointermove", (event) => this.#hover(event));
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointerup", () => this.#choose());
    canvas.addEventListener("pointerleave", () => this.#leave());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#arrange()).observe(this);
    const again = () => this.#arrange();
    document.addEventListener("way:theme", again);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    this.#reload = atMostEvery(WHOLE_EVERY, () => this.#load());
    this.#load();
  }

  #reload = () => {};

  async #load() {
    const answer = await fetch(this.getAttribute("src")).catch(() => null);
    if (!answer?.ok) {
      this.#words("The picture of the files cannot be had now; the list below has them all.");
      return;
    }
    const strip = await answer.json();
    this.#bucket = strip.bucket;
    this.#cells = Uint8Array.from(atob(strip.cells), (letter) => letter.charCodeAt(0));
    this.#arrange();
  }

  /** An event arrived: paint what it names at once, fetch the whole a little later. */
  changed({ kind, ranges }) {
    const code = BECOMES[kind];
    if (code === undefined) return;
    if (this.#bucket === 1) {
      for (const [low, high] of ranges) this.#cells.fill(code, low - 1, high);
      this.#arrange();
    }
    this.#reload();
  }

  #arrange() {
    const width = this.clientWidth;
    if (!width || !this.#cells.length) return;
    this.#grid = layout(this.#cells.length, width);
    this.#shown = folded(this.#cells, this.#grid.per);
    this.#colours = CODES.map((state) => this.#colour(`--s-${state}`));
    const scale = devicePixelRatio || 1;
    const height = this.#grid.rows * this.#grid.h;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#canvas.style.height = `${height}px`;
    this.#base.width = this.#canvas.width;
    this.#base.height = this.#canvas.height;
    for (const canvas of [this.#base, this.#canvas]) {
      canvas.getContext("2d").setTransform(scale, 0, 0, scale, 0, 0);
    }
    this.#paintCells();
    this.#paint();
    this.#canvas.removeAttribute("aria-busy");
  }

  #paint() {
    const pen = this.#canvas.getContext("2d");
    const scale = pen.getTransform().a;
    const [width, height] = [this.#canvas.width / scale, this.#canvas.height / scale];
    pen.clearRect(0, 0, width, height);
    pen.drawImage(this.#base, 0, 0, width, height);
    this.#marks(pen);
  }

  /** A token's value now: canvas knows neither var() nor light-dark(). */
  #colour(token) {
    this.#canvas.style.color = `var(${token})`;
    const { color } = getComputedStyle(this.#canvas);
    this.#canvas.style.color = "";
    return color;
  }

  #place(block) {
    const { columns, w, h } = this.#grid;
    return [(block % columns) * w, Math.floor(block / columns) * h];
  }

  #paintCells() {
    const pen = this.#base.getContext("2d");
    const { w, h, gap } = this.#grid;
    for (const [code, colour] of this.#colours.entries()) {
      pen.fillStyle = colour;
      for (let block = 0; block < this.#shown.length; block += 1) {
        if (this.#shown[block] !== code) continue;
        const [x, y] = this.#place(block);
        pen.fillRect(x, y, w - gap, h - gap);
      }
    }
    if (h >= 7) this.#crosses(pen);
  }

  /** Failed cells carry a stroke where there is room: colour never stands alone. */
  #crosses(pen) {
    const { w, h, gap } = this.#grid;
    pen.strokeStyle = this.#colour("--panel");
    pen.lineWidth = 1.4;
    pen.beginPath();
    for (let block = 0; block < this.#shown.length; block += 1) {
      if (CODES[this.#shown[block]] !== "failed") continue;
      const [x, y] = this.#place(block);
      const side = Math.min(w, h) - gap;
      pen.moveTo(x + 1.5, y + side - 1.5);
      pen.lineTo(x + side - 1.5, y + 1.5);
    }
    pen.stroke();
  }

  #marks(pen) {
    if (this.#at < 0) return;
    const [low, high] = this.#range();
    const { w, h } = this.#grid;
    pen.strokeStyle = this.#colour("--ink");
    pen.lineWidth = 1.5;
    const few = high - low < 4000;
    pen.beginPath();
    for (let block = low; few && block <= high; block += 1) {
      const [x, y] = this.#place(block);
      pen.rect(x, y, Math.max(w - 0.5, 3), Math.max(h - 0.5, 3));
    }
    pen.stroke();
    if (low !== high) {
      pen.fillStyle = this.#colour("--accent");
      pen.globalAlpha = 0.35;
      for (let block = low; block <= high; block += 1) pen.fillRect(...this.#place(block), w, h);
      pen.globalAlpha = 1;
    }
  }

  #range() {
    const from = this.#from < 0 ? this.#at : this.#from;
    return [Math.min(from, this.#at), Math.max(from, this.#at)];
  }

  /** Numbers of the first and last file in the marked part, from 1. */
  #numbers() {
    const [low, high] = this.#range();
    const each = this.#grid.per * this.#bucket;
    return [low * each + 1, Math.min((high + 1) * each, Number(this.dataset.files))];
  }

  #hover(event) {
    if (!this.#grid) return;
    const block = blockAt(this.#grid, event.offsetX, event.offsetY);
    if (block === this.#at || block < 0) return;
    this.#byPointer = true;
    this.#move(block);
  }

  #press(event) {
    if (!this.#grid || event.button !== 0) return;
    this.#hover(event);
    this.#from = this.#at;
    this.#canvas.setPointerCapture(event.pointerId);
  }

  #leave() {
    if (this.#byPointer && this.#from < 0) this.#clear();
  }

  #clear() {
    this.#at = -1;
    this.#words("");
    if (this.#grid) this.#paint();
  }

  #key(event) {
    if (!this.#grid) return;
    const { columns, count } = this.#grid;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -count, End: count };
    if (event.key === "Enter") {
      this.#choose();
    } else if (event.key === "Escape") {
      this.#from = -1;
      this.#clear();
    } else if (event.key in steps) {
      event.preventDefault();
      const to = Math.min(Math.max(Math.max(this.#at, 0) + steps[event.key], 0), count - 1);
      if (event.shiftKey && this.#from < 0) this.#from = Math.max(this.#at, 0);
      if (!event.shiftKey) this.#from = -1;
      this.#byPointer = false;
      this.#move(to);
      announce(this.#say());
    }
  }

  #move(block) {
    this.#at = block;
    this.#paint();
    this.#words(this.#say());
    clearTimeout(this.#nameTimer);
    const [low, high] = this.#numbers();
    if (low === high) this.#nameTimer = setTimeout(() => this.#name(low), NAME_AFTER);
  }

  #say() {
    const [low, high] = this.#numbers();
    const [from, to] = this.#range();
    const state = FILE_STATES[CODES[this.#shown[from]]];
    if (low === high) return `No. ${number(low)}: ${state} ${this.#names.get(low) ?? ""}`;
    const what = from === to ? `, at least one ${state}` : "";
    return `No. ${number(low)} to ${number(high)}${what}`;
  }

  async #name(n) {
    if (!this.#names.has(n)) {
      const answer = await fetch(`${this.dataset.pathsUrl}?after=${n - 1}&limit=1`).catch(() => null);
      if (!answer?.ok) return;
      const { files } = await answer.json();
      this.#names.set(n, files[0]?.path ?? "");
    }
    if (this.#at >= 0 && this.#numbers()[0] === n) this.#words(this.#say());
  }

  #words(words) {
    this.querySelector("[data-strip-words]").textContent = words || "\u00a0";
  }

  /** List the marked part below; the address says which, so that it can be sent to somebody. */
  #choose() {
    if (!this.#grid || this.#at < 0) return;
    const [low, high] = this.#numbers();
    this.#from = -1;
    const url = `${this.dataset.filesUrl}?from=${low}&to=${high}`;
    window.htmx.ajax("GET", url, {
      target: "#files", swap: "outerHTML", push: url, headers: { "HX-Target": "section#files" },
    });
  }
}

customElements.define("request-strip", RequestStrip);
