/** @import { LiveEvents } from '../../src/local/dashboard/api.ts' */

import { ask } from './server.js';

/** @typedef {{ [Name in keyof LiveEvents]: (content: LiveEvents[Name]) => void }} LiveHandlers */

/** Listens to the server's events while the page is visible, and connects again after each break. */
export class Live {
  /** @type {EventSource | undefined} */
  #stream;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  #handlers;
  #onState;

  /**
   * @param {LiveHandlers} handlers what to do with each event, by its name
   * @param {(state: 'live' | 'broken') => void} onState gets `live` once the stream is open and `broken` when it is not
   */
  constructor(handlers, onState) {
    this.#handlers = handlers;
    this.#onState = onState;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#close() : this.#open()));
    if (!document.hidden) this.#open();
  }

  #open() {
    if (this.#stream) return;
    clearTimeout(this.#retry);
    const stream = new EventSource('/api/live');
    this.#stream = stream;
    stream.addEventListener('open', () => this.#onState('live'));
    stream.addEventListener('error', () => {
      this.#onState('broken');
      // The browser connects again by itself, except after an answer that is no event stream.
      if (stream.readyState !== EventSource.CLOSED || this.#stream !== stream) return;
      this.#close();
      ask('/api/alive', {}).catch(() => undefined);
      this.#retry = setTimeout(() => this.#open(), 2000);
    });
    for (const [name, handle] of Object.entries(this.#handlers)) {
      stream.addEventListener(name, (event) => handle(JSON.parse(event.data)));
    }
  }

  #close() {
    this.#stream?.close();
    this.#stream = undefined;
  }
}

/**
 * Runs an action now. Calls while it runs make it run once more, with a rest between two runs.
 * @param {() => Promise<unknown>} act
 * @param {number} restMs
 */
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
      // The server is down or starts again: once the stream is open again, the page loads everything again.
    }
    await new Promise((wake) => setTimeout(wake, restMs));
    running = false;
    if (again) run();
  };
  return run;
}
