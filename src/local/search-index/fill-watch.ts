import { Attempts, type Start } from '../supervisor/attempts.ts';
import type { Clock, Command } from '../supervisor/schedules.ts';

/** A fill goes on where it stopped, so it may be tried again soon. */
const patience = { backoff: { firstWaitMs: 5000, longestWaitMs: 300_000 }, graceMs: 5000 };

/** What it works with, so that a test can stand in for it. */
export interface Means extends Start {
  /** whether the index that answers says that it lacks rows of the table; undefined when it can't be asked */
  isLacking: () => Promise<boolean | undefined>;
  /** the command that fills it; undefined before it is known */
  command: () => Command | undefined;
}

/** Has an index filled that was made again without the rows of the table. */
export class FillWatch {
  private readonly attempts: Attempts;
  private looking = false;

  constructor(
    private readonly means: Means,
    clock?: Pick<Clock, 'elapsed'>,
  ) {
    this.attempts = new Attempts('filling the index', means, patience, clock);
  }

  /** Looks once at the index. */
  async tick(): Promise<void> {
    if (this.looking || !this.attempts.isDue) return;
    this.looking = true;
    try {
      const lacking = await this.means.isLacking();
      if (lacking === false) this.attempts.reset();
      const command = lacking === true ? this.means.command() : undefined;
      // It may have been told to end meanwhile.
      if (command !== undefined && this.attempts.isDue)
        this.attempts.begin(command, 'the index lacks rows of the table: it is filled');
    } finally {
      this.looking = false;
    }
  }

  /** Ends a running command; the next supervisor has it go on. */
  async end(): Promise<void> {
    await this.attempts.end();
  }
}
