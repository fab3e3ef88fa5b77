/** Between two ticks of a busy machine there is less; after a sleep, a pause or a clock that was set there is more. */
const longestTickMs = 15_000;

/** Notices that this process was not running for a while, so that no part counts as silent for that time. */
export class WakeWatch {
  private last: number | undefined;
  private woke: number | undefined;

  /** Call it regularly with the time in milliseconds since 1970. @returns what has happened since the last call */
  tick(now: number): 'slept' | 'set back' | undefined {
    const passed = this.last === undefined ? 0 : now - this.last;
    this.last = now;
    if (Math.abs(passed) <= longestTickMs) return undefined;
    this.woke = now;
    return passed < 0 ? 'set back' : 'slept';
  }

  /** Milliseconds since 1970, undefined when it never slept. */
  get wokeAt(): number | undefined {
    return this.woke;
  }
}
