import { waitAfter } from '../../tools/backoff.ts';
import { endGroup, type ProcessIdentity } from '../../tools/process-identity.ts';
import type { JobProgress } from '../../tools/progress.ts';
import type { Part } from './parts.ts';
import { systemClock, type Clock, type Command, type StartCommand } from './schedules.ts';

/** A broker that has just started may need a while. */
const backoff = { firstWaitMs: 5000, longestWaitMs: 300_000 };
const graceMs = 15_000;

/** What it works with, so that a test can stand in for it. */
export interface Means {
  /** the progress that a job has written last */
  read: (file: string) => Pick<JobProgress, 'at' | 'wentBack'> | undefined;
  /** the command that begins a new generation; undefined before it is known */
  up: () => Command | undefined;
  /** whether a run works on the lake: it may be an `up` that does the same */
  busy: () => boolean;
  start: StartCommand;
  log: (line: string) => void;
}

/** Has `up` begin a new generation when a job stands still because its topic no longer holds what the job has read of it. */
export class Renewals {
  private running: ProcessIdentity | undefined;
  private attempts = 0;
  private nextAt = 0;
  private ending = false;

  constructor(
    private readonly means: Means,
    private readonly clock: Pick<Clock, 'elapsed'> = systemClock,
  ) {}

  /** Looks once at the jobs of these parts. */
  tick(parts: readonly Part[]): void {
    if (this.ending || this.running !== undefined) return;
    const reasons = new Set(parts.flatMap((part) => this.reasonsOf(part)));
    if (reasons.size === 0) {
      this.attempts = 0;
      return;
    }
    if (this.attempts > 0 && this.clock.elapsed() < this.nextAt) return;
    const command = this.means.up();
    if (command === undefined || this.means.busy()) return;
    this.means.log(`${[...reasons].join('; ')}: runs "up", which begins a new generation`);
    this.attempts += 1;
    this.running = this.means.start(command, (outcome, detail) => {
      this.running = undefined;
      this.nextAt = this.clock.elapsed() + waitAfter(this.attempts, backoff);
      this.means.log(`"up" ended: ${outcome}${detail === undefined ? '' : ` (${detail})`}`);
    });
  }

  /** Ends a running command; no other is started. */
  async end(): Promise<void> {
    this.ending = true;
    if (this.running !== undefined) await endGroup(this.running, graceMs);
  }

  /** Leaves a running command alone; no other is started. */
  release(): void {
    this.ending = true;
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
