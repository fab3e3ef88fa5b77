import type { Clock } from './clock.ts';

/** A clock that a test moves. */
export class HandClock implements Clock {
  private micros: number;

  constructor(time = '2026-03-10T12:00:30Z') {
    this.micros = Date.parse(time) * 1000;
  }

  nowMicros(): number {
    return this.micros;
  }

  speed(): number {
    return 1;
  }

  move(seconds: number): void {
    this.micros += seconds * 1_000_000;
  }
}
