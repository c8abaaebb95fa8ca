// <request-live>: the figures of a request move while it is being staged.
import "./request-strip.js"; // news are for it too: it must be there before the first
import { announce } from "./copy.js";
import { atMostEvery, follow } from "./event-source.js";
import * as say from "./wording.js";

const KINDS = [
  "submitted", "located", "queued", "recalling", "online", "failed", "evicted", "cancelled",
  "released", "extended", "retried", "finished", "expired",
];
const TABLES_EVERY = 4000;
const SPOKEN_EVERY = 30000;
const LINES_KEPT = 15;

export class RequestLive extends HTMLElement {
  #stop = () => {};
  #tick = 0;
  #eta = null;
  #last = null;
  #after = 0;

  connectedCallback() {
    this.#after = Number(this.dataset.after);
    if (this.dataset.state !== "active") return;
    this.#refresh = atMostEvery(TABLES_EVERY, () => document.body.dispatchEvent(new Event("news")));
    this.#speak = atMostEvery(SPOKEN_EVERY, () => this.#say());
    const handlers = { status: (request) => this.#status(request) };
    for (const kind of KINDS) handlers[kind] = (event) => this.#event(event);
    this.#stop = follow(
      () => `${this.dataset.events}?after=${this.#after}`,
      handlers,
      (alive) => this.toggleAttribute("data-broken", !alive),
    );
    this.#tick = setInterval(() => this.#countDown(), 1000);
  }

  disconnectedCallback() {
    this.#stop();
    clearInterval(this.#tick);
  }

  #refresh = () => {};
  #speak = () => {};

  #set(name, text) {
    for (const element of this.querySelectorAll(`[data-live="${name}"]`)) {
      if (element.textContent !== text) element.textContent = text;
    }
  }

  #status(request) {
    if (this.#last && request.last_event < this.#last.last_event) return;
    this.#last = request;
    if (request.state !== "active") {
      this.#end();
      return;
    }
    const { counts } = request;
    const percent = say.share(counts.online + counts.released, request.files);
    this.#set("percent", percent);
    document.title = document.title.replace(/^(\d+\u202f% )?/, `${percent} `);
    this.#set("online", say.number(counts.online));
    this.#set("failed", say.number(counts.failed));
    this.#set("bytes-online", say.size(request.bytes_online));
    const total = request.bytes ? `of ${say.size(request.bytes)}` : "on disk, total not known yet";
    this.#set("bytes-of", total);
    this.#set("why", request.why ?? "");
    for (const [state, count] of Object.entries(counts)) {
      this.#set(`count-${state}`, say.number(count));
      this.querySelector(`[data-legend="${state}"]`)?.toggleAttribute("data-none", count === 0);
    }
    this.#bars(request);
    this.#offers(counts);
    this.#eta = request.eta;
    this.#countDown();
    this.#refresh();
    this.#speak();
  }

  /** The page of an ended request has other parts: the server draws them into this place. */
  #end() {
    this.disconnectedCallback();
    window.htmx.ajax("GET", location.href, {
      target: this, select: "request-live", swap: "outerHTML", source: this,
    });
  }

  /** Buttons and causes are the server's to draw: ask for them when there are others to show. */
  #offers({ failed, online }) {
    const before = { failed: Number(this.dataset.failed), online: Number(this.dataset.online) };
    this.dataset.failed = failed;
    this.dataset.online = online;
    const tell = (kind) => document.body.dispatchEvent(new Event(kind));
    if (failed !== before.failed) tell("failures");
    if (failed > 0 !== before.failed > 0 || online > 0 !== before.online > 0) tell("offers");
  }

  #bars({ counts, files, bytes, bytes_online: there }) {
    const bar = this.querySelector(".gauge .bar");
    let x = 0;
    for (const rect of bar.querySelectorAll("rect")) {
      const width = (1000 * counts[rect.dataset.state]) / Math.max(files, 1);
      rect.setAttribute("x", x);
      rect.setAttribute("width", width);
      x += width;
    }
    if (bytes) {
      this.querySelector("[data-live='bytes-bar'] rect").setAttribute("width", (1000 * there) / bytes);
    }
  }

  /** Between news the time runs on: words and the track each second. */
  #countDown() {
    const eta = this.#eta;
    if (!eta) return;
    const now = new Date();
    this.#set("ready", say.until(eta.at, now));
    this.#set("band", say.band(eta.low, eta.high, now));
    this.#set("late", say.moment(eta.high, now));
    this.#track(new Date(this.dataset.created), now, eta);
  }

  /** The same geometry as drawings.track. */
  #track(asked, now, eta) {
    const svg = this.querySelector("[data-live='track']");
    if (!svg) return;
    const end = Math.max(new Date(eta.high), now);
    const span = (end - asked) * 1.06 || 1;
    const place = (when) => Math.min(Math.max((1000 * (when - asked)) / span, 0), 1000);
    const low = place(Math.max(new Date(eta.low), now));
    svg.removeAttribute("data-empty");
    svg.querySelector(".track-done").setAttribute("width", place(now));
    svg.querySelector(".track-band").setAttribute("x", low);
    svg.querySelector(".track-band").setAttribute("width", Math.max(place(end) - low, 6));
    const lines = { at: place(Math.max(new Date(eta.at), now)), now: place(now) };
    for (const [name, x] of Object.entries(lines)) {
      const line = svg.querySelector(`.track-${name}`);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
  }

  #event(event) {
    if (event.seq <= this.#after) return;
    this.#after = event.seq;
    this.querySelector("request-strip")?.changed(event);
    const list = this.querySelector("[data-live='timeline']");
    if (list && !document.getElementById(`event-${event.seq}`)) {
      list.prepend(line(event));
      while (list.children.length > LINES_KEPT) list.lastElementChild.remove();
    }
  }

  #say() {
    const { counts, files, eta } = this.#last;
    const ready = eta ? `, ready ${say.until(eta.at)}` : "";
    announce(`${say.number(counts.online)} of ${say.number(files)} files on disk${ready}`);
  }
}

function line(event) {
  const item = document.createElement("li");
  item.dataset.kind = event.kind;
  item.id = `event-${event.seq}`;
  const when = document.createElement("span");
  when.className = "timeline-when muted";
  const time = document.createElement("time");
  time.dateTime = event.at;
  time.textContent = say.moment(event.at);
  when.append(time);
  const words = document.createElement("span");
  words.textContent = say.event(event.kind, event.count, event.bytes, event.words);
  item.append(when, words);
  return item;
}

customElements.define("request-live", RequestLive);
