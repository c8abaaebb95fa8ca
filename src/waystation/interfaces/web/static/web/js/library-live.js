// <library-live>: drives, figures and charts of the tape page move as the library does.
import { atMostEvery, follow } from "./event-source.js";
import * as say from "./wording.js";

const QUEUE_EVERY = 5000;

class LibraryLive extends HTMLElement {
  #stop = () => {};

  connectedCallback() {
    const queue = atMostEvery(QUEUE_EVERY, () => document.body.dispatchEvent(new Event("news")));
    this.#stop = follow(
      () => this.dataset.events,
      {
        library: (library) => {
          this.#drives(library.drives);
          this.#figures(library);
          for (const chart of this.querySelectorAll("live-chart")) chart.show(library.series);
          queue();
        },
      },
      (alive) => this.toggleAttribute("data-broken", !alive),
    );
  }

  disconnectedCallback() {
    this.#stop();
  }

  #drives(drives) {
    const now = new Date();
    const cards = this.querySelectorAll("[data-drive]");
    if (cards.length !== drives.length) {
      document.body.dispatchEvent(new Event("drives")); // added or taken away: the server draws
      return;
    }
    for (const drive of drives) {
      const card = this.querySelector(`[data-drive="${CSS.escape(`${drive.backend}/${drive.name}`)}"]`);
      if (!card) continue;
      card.dataset.state = drive.state;
      text(card, "[data-drive-tape]", drive.tape ?? "");
      text(card, "[data-drive-state]", say.DRIVE_STATES[drive.state] ?? drive.state);
      const left = drive.files_left ? `${say.number(drive.files_left)} files left` : "";
      const since = drive.since ? `for ${say.duration((now - new Date(drive.since)) / 1000)}` : "";
      text(card, "[data-drive-left]", [left, since].filter(Boolean).join(" \u00b7 "));
    }
  }

  #figures(library) {
    text(this, "[data-live='queued-files']", say.number(library.queued_files));
    text(this, "[data-live='queued-bytes']", say.size(library.queued_bytes));
    text(this, "[data-live='mounts']", say.number(library.mounts_last_hour));
    text(this, "[data-live='rate']", say.size(Math.round(library.bytes_last_minute / 60)));
  }
}

function text(root, selector, words) {
  const element = root.querySelector(selector);
  if (element && element.textContent !== words) element.textContent = words;
}

customElements.define("library-live", LibraryLive);
