import { waitAfter } from '../../tools/backoff.ts';
import { endGroup, type ProcessIdentity } from '../../tools/process-identity.ts';
import { systemClock, type Clock, type Command, type StartCommand } from '../supervisor/schedules.ts';

/** A fill goes on where it stopped, so it may be tried again soon. */
const backoff = { firstWaitMs: 5000, longestWaitMs: 300_000 };
const graceMs = 5000;

/** What it works with, so that a test can stand in for it. */
export interface Means {
  /** whether the index that answers says that it lacks rows of the table; undefined when it can't be asked */
  isLacking: () => Promise<boolean | undefined>;
  /** the command that fills it; undefined before it is known */
  command: () => Command | undefined;
  start: StartCommand;
  log: (line: string) => void;
}

/** Has an index filled that was made again without the rows of the table. */
export class FillWatch {
  private running: ProcessIdentity | undefined;
  private looking = false;
  private attempts = 0;
  private nextAt = 0;
  private ending = false;

  constructor(
    private readonly means: Means,
    private readonly clock: Pick<Clock, 'elapsed'> = systemClock,
  ) {}

  /** Looks once at the index. */
  async tick(): Promise<void> {
    if (this.ending || this.looking || this.running !== undefined) return;
    if (this.attempts > 0 && this.clock.elapsed() < this.nextAt) return;
    this.looking = true;
    try {
      const lacking = await this.means.isLacking();
      if (lacking === false) this.attempts = 0;
      if (lacking === true) this.fill();
    } finally {
      this.looking = false;
    }
  }

  /** Ends a running command; the next supervisor has it go on. */
  async end(): Promise<void> {
    this.ending = true;
    if (this.running !== undefined) await endGroup(this.running, graceMs);
  }

  private fill(): void {
    const command = this.means.command();
    if (command === undefined || this.ending) return;
    this.means.log('the index lacks rows of the table: it is filled');
    this.attempts += 1;
    this.running = this.means.start(command, (outcome, detail) => {
      this.running = undefined;
      this.nextAt = this.clock.elapsed() + waitAfter(this.attempts, backoff);
      this.means.log(`filling the index ended: ${outcome}${detail === undefined ? '' : ` (${detail})`}`);
    });
  }
}
