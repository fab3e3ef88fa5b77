import type { JobProgress } from '../../tools/progress.ts';
import { Attempts, type Start } from './attempts.ts';
import type { Part } from './parts.ts';
import type { Clock, Command } from './schedules.ts';

/** A broker that has just started may need a while. */
const patience = { backoff: { firstWaitMs: 5000, longestWaitMs: 300_000 }, graceMs: 15_000 };

/** What it works with, so that a test can stand in for it. */
export interface Means extends Start {
  /** the progress that a job has written last */
  read: (file: string) => Pick<JobProgress, 'at' | 'wentBack'> | undefined;
  /** the command that begins a new generation; undefined before it is known */
  up: () => Command | undefined;
  /** whether a run works on the lake: it may be an `up` that does the same */
  busy: () => boolean;
}

/** Has `up` begin a new generation when a job stands still because its topic no longer holds what the job has read of it. */
export class Renewals {
  private readonly attempts: Attempts;

  constructor(
    private readonly means: Means,
    clock?: Pick<Clock, 'elapsed'>,
  ) {
    this.attempts = new Attempts('"up"', means, patience, clock);
  }

  /** Looks once at the jobs of these parts. */
  tick(parts: readonly Part[]): void {
    const reasons = new Set(parts.flatMap((part) => this.reasonsOf(part)));
    if (reasons.size === 0) {
      this.attempts.reset();
      return;
    }
    if (!this.attempts.isDue) return;
    const command = this.means.up();
    if (command === undefined || this.means.busy()) return;
    this.attempts.begin(command, `${[...reasons].join('; ')}: runs "up", which begins a new generation`);
  }

  /** Ends a running command; no other is started. */
  async end(): Promise<void> {
    await this.attempts.end();
  }

  /** Leaves a running command alone; no other is started. */
  release(): void {
    this.attempts.release();
  }

  private reasonsOf(part: Part): string[] {
    if (part.state !== 'up') return [];
    return (part.daemon.beats ?? []).flatMap(({ file }) => {
      const said = this.means.read(file);
      // What an earlier process said has been answered by its end.
      return said?.wentBack === undefined || said.at < part.since ? [] : [said.wentBack.reason];
    });
  }
}
