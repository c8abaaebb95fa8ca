// <job-live>: what a page says of jobs is drawn anew by the server when there is news of them.
import { atMostEvery, follow } from "./event-source.js";

const DRAWN_EVERY = 3000;

class JobLive extends HTMLElement {
  #stop = () => {};
  #tick = 0;
  #quiet = 0;

  // The page of an ended request has none of these: drawn there, it is taken away and stops.
  connectedCallback() {
    const draw = atMostEvery(DRAWN_EVERY, () => {
      this.#quiet = 0;
      document.body.dispatchEvent(new Event("news"));
    });
    this.#stop = follow(
      () => this.dataset.events,
      { status: draw },
      (alive) => this.toggleAttribute("data-broken", !alive),
    );
    // What a job writes is no news of it, and a stream may be held back on its way.
    this.#tick = setInterval(() => {
      this.#quiet += 1;
      if (this.#quiet >= Number(this.dataset.every)) draw();
    }, 1000);
  }

  disconnectedCallback() {
    this.#stop();
    clearInterval(this.#tick);
  }
}

customElements.define("job-live", JobLive);
