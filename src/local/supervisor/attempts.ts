import { waitAfter, type Backoff } from '../../tools/backoff.ts';
import { endGroup, type ProcessIdentity } from '../../tools/process-identity.ts';
import { systemClock, type Clock, type Command, type StartCommand } from './schedules.ts';

/** How a command is started, and where its story is told. */
export interface Start {
  start: StartCommand;
  log: (line: string) => void;
}

export interface Patience {
  /** how long to wait between two attempts */
  backoff: Backoff;
  /** how long a run may take to end when it is told to, in milliseconds */
  graceMs: number;
}

/** A command that the supervisor runs until what it repairs is in order: one run at a time, with growing pauses between them. */
export class Attempts {
  private running: ProcessIdentity | undefined;
  private count = 0;
  private nextAt = 0;
  private ending = false;

  constructor(
    private readonly name: string,
    private readonly means: Start,
    private readonly patience: Patience,
    private readonly clock: Pick<Clock, 'elapsed'> = systemClock,
  ) {}

  /** Whether it may be started now. */
  get isDue(): boolean {
    if (this.ending || this.running !== undefined) return false;
    return this.count === 0 || this.clock.elapsed() >= this.nextAt;
  }

  /** @param why for the log */
  begin(command: Command, why: string, onDone: () => void = () => undefined): void {
    this.means.log(why);
    this.count += 1;
    this.running = this.means.start(command, (outcome, detail) => {
      this.running = undefined;
      this.nextAt = this.clock.elapsed() + waitAfter(this.count, this.patience.backoff);
      if (outcome === 'done') onDone();
      this.means.log(`${this.name} ended: ${outcome}${detail === undefined ? '' : ` (${detail})`}`);
    });
  }

  /** There is nothing to repair: the next attempt need not wait. */
  reset(): void {
    this.count = 0;
  }

  /** Ends a run; no other is started. */
  async end(): Promise<void> {
    this.ending = true;
    if (this.running !== undefined) await endGroup(this.running, this.patience.graceMs);
  }

  /** Leaves a run alone; no other is started. */
  release(): void {
    this.ending = true;
  }
}
