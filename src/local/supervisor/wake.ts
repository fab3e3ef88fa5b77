/** Between two ticks of a busy machine there is less; after a sleep, a pause or a clock that was set there is more. */
const longestTickMs = 15_000;

/** Notices that this process was not running for a while, so that no part counts as silent for that time. */
export class WakeWatch {
  private last: number | undefined;
  private woke: number | undefined;

  /** Call it regularly with the time in milliseconds since 1970. True when this process has just woken. */
  tick(now: number): boolean {
    const slept = this.last !== undefined && Math.abs(now - this.last) > longestTickMs;
    this.last = now;
    if (slept) this.woke = now;
    return slept;
  }

  /** Milliseconds since 1970, undefined when it never slept. */
  get wokeAt(): number | undefined {
    return this.woke;
  }
}
