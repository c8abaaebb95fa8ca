// An event stream that comes back: EventSource by itself gives up for good on a refused answer.
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 60000;

/**
 * Follow a stream until stopped.
 * @param {() => string} url made anew for each connection, so that it can say where to go on
 * @param {Record<string, (data: object) => void>} handlers by kind of event
 * @param {(alive: boolean) => void} onState told when the stream opens or breaks
 * @returns {() => void} ends it
 */
export function follow(url, handlers, onState = () => {}) {
  let source = null;
  let timer = 0;
  let pause = FIRST_PAUSE;
  let ended = false;

  const connect = () => {
    source = new EventSource(url());
    source.onopen = () => {
      pause = FIRST_PAUSE;
      onState(true);
    };
    source.onerror = () => {
      onState(false);
      if (source.readyState !== EventSource.CLOSED || ended) return;
      // Refused: most likely the reading cookie ran out. Any page of ours renews it.
      timer = setTimeout(async () => {
        await fetch("/session", { method: "HEAD" }).catch(() => {});
        if (!ended) connect();
      }, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    };
    for (const [kind, handler] of Object.entries(handlers)) {
      source.addEventListener(kind, (event) => handler(JSON.parse(event.data)));
    }
  };

  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    source.close();
  };
}

/** Return a function that runs `action` at most once in `pause` ms, and once after the last call. */
export function atMostEvery(pause, action) {
  let timer = 0;
  let last = 0;
  return () => {
    if (timer) return;
    const wait = Math.max(0, last + pause - performance.now());
    timer = setTimeout(() => {
      timer = 0;
      last = performance.now();
      action();
    }, wait);
  };
}
