// One file on its way, by tus: it goes on where it was after a cut line, a restart, a reload.
const PAUSES = [0, 1000, 2000, 5000, 10000, 20000, 30000];
const FULL = 507;

export class Job {
  /**
   * @param {{file: File, path: string}} found the file, and its path from the top of the space
   * @param {{space: string, token: () => Promise<string>, changed: (job: Job) => void}} dock
   */
  constructor({ file, path }, dock) {
    this.file = file;
    this.path = path;
    this.dock = dock;
    this.state = "waiting";
    this.sent = 0;
    this.words = "";
    this.taken = false;
    this.replace = false;
  }

  /** Start, or go on. */
  async start() {
    this.#turn("sending");
    const upload = new tus.Upload(this.file, this.#options());
    this.upload = upload;
    const before = await upload.findPreviousUploads();
    if (before.length) upload.resumeFromPreviousUpload(before[0]);
    if (this.state === "sending") upload.start();
  }

  pause() {
    this.upload?.abort();
    this.#turn("paused");
  }

  /** Give it up, here and there. */
  drop() {
    this.upload?.abort(true).catch(() => {});
    this.#turn("dropped");
  }

  #options() {
    const headers = this.replace ? {} : { "If-None-Match": "*" };
    return {
      endpoint: `/tus/${this.dock.space}/`,
      headers,
      retryDelays: PAUSES,
      removeFingerprintOnSuccess: true,
      fingerprint: async () => fingerprint(this.dock.space, this.path, this.file),
      metadata: {
        filename: this.file.name,
        relativePath: this.path,
        mtime: String(Math.floor(this.file.lastModified / 1000)),
      },
      onBeforeRequest: async (request) => {
        request.setHeader("Authorization", `Bearer ${await this.dock.token()}`);
      },
      onShouldRetry: (error) => this.#again(status(error)),
      onProgress: (sent) => {
        this.sent = sent;
        this.words = "";
        this.dock.changed(this);
      },
      onSuccess: () => {
        this.sent = this.file.size;
        this.#turn("done");
      },
      onError: (error) => this.#failed(error),
    };
  }

  /** Whether trying again by itself may help. */
  #again(code) {
    const again = code === 0 || code === 409 || code === 423 || (code >= 500 && code !== FULL);
    if (again) {
      this.words = "The connection was cut; trying again.";
      this.dock.changed(this);
    }
    return again;
  }

  #failed(error) {
    const code = status(error);
    const said = problem(error);
    this.taken = said.code === "precondition";
    if (this.taken) this.words = "There is a file of that name already.";
    else if (code === 0) this.words = "No connection. It goes on by itself when there is one.";
    else this.words = [said.title ?? `The server answered ${code}.`, said.detail].filter(Boolean).join(" ");
    this.#turn(code === 0 ? "cut" : "failed");
  }

  #turn(state) {
    this.state = state;
    if (state === "sending" || state === "done") this.words = "";
    this.dock.changed(this);
  }
}

/** Which upload of before a file belongs to: the same place, size and time. */
export function fingerprint(space, path, file) {
  return ["way", space, path, file.size, file.lastModified].join("|");
}

function status(error) {
  return error.originalResponse?.getStatus() ?? 0;
}

function problem(error) {
  try {
    return JSON.parse(error.originalResponse.getBody());
  } catch {
    return {};
  }
}
