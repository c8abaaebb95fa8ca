// <live-chart data-series="bytes|mounts">: the last hour by the minute, drawn by uPlot.
import { number, size } from "./wording.js";

const KINDS = {
  bytes: { words: "read", colour: "--s-online", say: (v) => `${size(Math.round(v))}/s`, per: 60, bars: false },
  mounts: { words: "mounts", colour: "--accent", say: (v) => number(v), per: 1, bars: true },
};

class LiveChart extends HTMLElement {
  #plot = null;
  #series = null;

  connectedCallback() {
    this.show(JSON.parse(document.getElementById("series").textContent));
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this);
    document.addEventListener("way:theme", () => this.#draw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  show(series) {
    this.#series = series;
    if (this.#plot) this.#plot.setData(this.#data());
    else this.#draw();
    const kind = KINDS[this.dataset.series];
    const values = this.#data()[1];
    const words = `${kind.words}: now ${kind.say(values.at(-1) ?? 0)}, most ${kind.say(Math.max(0, ...values))}`;
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", words);
  }

  #data() {
    const { per } = KINDS[this.dataset.series];
    return [this.#series.minute, this.#series[this.dataset.series].map((value) => value / per)];
  }

  #size() {
    return { width: this.clientWidth, height: this.clientHeight };
  }

  #draw() {
    this.#plot?.destroy();
    const kind = KINDS[this.dataset.series];
    const style = getComputedStyle(this);
    const colour = resolved(this, kind.colour);
    const axis = { stroke: style.color, font: `11px ${style.fontFamily}`, ticks: { show: false } };
    const grid = { stroke: resolved(this, "--line"), width: 1 };
    this.#plot = new uPlot(
      {
        ...this.#size(),
        cursor: { y: false, drag: { x: false, y: false } },
        legend: { show: false },
        padding: [8, 8, 0, 0],
        scales: { y: { range: (_, low, high) => [0, Math.max(high * 1.1, 1)] } },
        axes: [
          { ...axis, grid: { show: false }, size: 26, values: (_, ticks) => ticks.map(clock) },
          { ...axis, grid, size: 62, values: (_, ticks) => ticks.map(kind.say) },
        ],
        series: [
          {},
          {
            stroke: colour,
            fill: `color-mix(in srgb, ${colour} ${kind.bars ? 70 : 16}%, transparent)`,
            width: kind.bars ? 0 : 1.5,
            paths: kind.bars ? uPlot.paths.bars({ size: [0.7, 12] }) : uPlot.paths.stepped({ align: 1 }),
            points: { show: false },
          },
        ],
      },
      this.#data(),
      this,
    );
  }
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clock = (seconds) => CLOCK.format(new Date(seconds * 1000));

/** The value of a colour token as the page shows it now: canvas knows no light-dark(). */
export function resolved(element, token) {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

customElements.define("live-chart", LiveChart);
