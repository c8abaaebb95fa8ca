// Numbers, sizes and times in words, the same as wording.py says them; a test holds the two together.
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
const NARROW = "\u202f";
export const UNKNOWN = "\u2013";

export const FILE_STATES = {
  online: "on disk",
  recalling: "being read",
  queued: "in the queue",
  waiting: "accepted",
  failed: "failed",
  cancelled: "cancelled",
  released: "released",
};
export const REQUEST_STATES = {
  active: "being staged",
  complete: "complete",
  partial: "some files failed",
  failed: "failed",
  cancelled: "cancelled",
  expired: "expired",
};
export const EVENTS = {
  submitted: "asked for",
  located: "found on tape",
  queued: "put in the queue",
  recalling: "being read",
  online: "came to disk",
  failed: "failed",
  evicted: "left the disk again and are asked for again",
  cancelled: "cancelled",
  released: "released",
  extended: "held longer",
  retried: "asked for again",
  finished: "ended",
  expired: "given up, their time ran out",
};
export const DRIVE_STATES = {
  empty: "empty",
  mounting: "mounting",
  reading: "reading",
  idle: "mounted, idle",
  unmounting: "unmounting",
  offline: "out of service",
  unknown: "not known",
};

function threeDigits(value) {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

export function size(count) {
  if (count === null || count === undefined) return UNKNOWN;
  let value = count;
  for (const unit of UNITS.slice(0, -1)) {
    if (value < 999.5) return unit === "B" ? `${count} B` : `${threeDigits(value)} ${unit}`;
    value /= 1000;
  }
  return `${threeDigits(value)} ${UNITS.at(-1)}`;
}

export function number(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, NARROW);
}

export function event(kind, count, bytes, words) {
  if (!count) return words || `The request ${EVENTS[kind] ?? kind}`;
  const files = count === 1 ? "1 file" : `${number(count)} files`;
  const line = `${files} ${EVENTS[kind] ?? kind}${bytes ? `, ${size(bytes)}` : ""}`;
  return words ? `${line}: ${words}` : line;
}

export function share(part, whole) {
  return `${whole > 0 ? Math.floor((100 * part) / whole) : 0}${NARROW}%`;
}

export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 0.5));
  if (whole < 90) return `${whole} s`;
  const minutes = Math.floor(whole / 60 + 0.5);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const inHours = Math.floor(hours + (minutes % 60) / 60 + 0.5);
  const days = Math.floor(inHours / 24);
  return inHours % 24 ? `${days} d ${inHours % 24} h` : `${days} d`;
}

export function until(at, now = new Date()) {
  const left = (new Date(at) - now) / 1000;
  return left <= 0 ? "any moment" : `in about ${duration(left)}`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
});
const YEAR = new Intl.DateTimeFormat("en-GB", {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
});

export function moment(at, now = new Date()) {
  const when = new Date(at);
  if (when.toDateString() === now.toDateString()) return CLOCK.format(when);
  return (when.getFullYear() === now.getFullYear() ? DAY : YEAR).format(when).replace(",", "");
}

export function band(low, high, now = new Date()) {
  const [from, to] = [moment(low, now), moment(high, now)];
  return from === to ? `Four times in five by ${to}` : `Four times in five between ${from} and ${to}`;
}
