import { setTimeout as pause } from 'node:timers/promises';

/** The time of a schedule. It stands still while the machine has no power. */
export class Timeline {
  private readonly started = performance.now();
  private stoodMs = 0;
  private stoppedAt: number | undefined;
  private goesOn: Promise<void> = Promise.resolve();
  private release: () => void = () => undefined;

  /** Milliseconds since the start, without those in which it stood still. */
  get now(): number {
    return (this.stoppedAt ?? performance.now()) - this.started - this.stoodMs;
  }

  get stands(): boolean {
    return this.stoppedAt !== undefined;
  }

  /** Resolves at this time. */
  async reach(ms: number): Promise<void> {
    for (;;) {
      await this.goesOn;
      const left = ms - this.now;
      if (left <= 0) return;
      await pause(left);
    }
  }

  stop(): void {
    this.stoppedAt ??= performance.now();
    this.goesOn = new Promise((resolve) => (this.release = resolve));
  }

  go(): void {
    if (this.stoppedAt === undefined) return;
    this.stoodMs += performance.now() - this.stoppedAt;
    this.stoppedAt = undefined;
    this.release();
  }
}
