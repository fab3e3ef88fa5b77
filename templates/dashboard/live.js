/** Listens to the server while the page is visible, and reconnects after each break. */
export class Live {
  /**
   * @param handlers what to do with each event, by its name
   * @param onState called with `live` when the stream is open and `broken` when it is not
   */
  constructor(handlers, onState) {
    this.handlers = handlers;
    this.onState = onState;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.close() : this.open()));
    if (!document.hidden) this.open();
  }

  open() {
    if (this.stream) return;
    clearTimeout(this.retry);
    const stream = new EventSource('/api/live');
    this.stream = stream;
    stream.addEventListener('open', () => this.onState('live'));
    stream.addEventListener('error', () => {
      this.onState('broken');
      // The browser reconnects by itself, except after an error status.
      if (stream.readyState !== EventSource.CLOSED || this.stream !== stream) return;
      this.close();
      this.retry = setTimeout(() => this.open(), 2000);
    });
    for (const [name, handle] of Object.entries(this.handlers)) {
      stream.addEventListener(name, (event) => handle(JSON.parse(event.data)));
    }
  }

  close() {
    this.stream?.close();
    this.stream = undefined;
  }
}

/** Runs an action now; while it runs, further calls make it run once more, and never more often than every `restMs`. */
export function calmly(act, restMs) {
  let running = false;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    again = false;
    try {
      await act();
    } catch {
      // The server is away or restarts: the stream opens when it is back, and then everything is loaded again.
    }
    await new Promise((wake) => setTimeout(wake, restMs));
    running = false;
    if (again) run();
  };
  return run;
}
