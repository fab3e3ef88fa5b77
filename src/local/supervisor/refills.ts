import { waitAfter } from '../../tools/backoff.ts';
import { endGroup, type ProcessIdentity } from '../../tools/process-identity.ts';
import type { JobProgress, ProducerProgress } from '../../tools/progress.ts';
import { systemClock, type Clock, type Refill, type StartCommand } from './schedules.ts';

/** A market that does not answer may need long. */
const backoff = { firstWaitMs: 60_000, longestWaitMs: 3_600_000 };
const graceMs = 15_000;
/** The last record before a loss was itself one of several of its minute. */
const marginMs = 5 * 60_000;

/** What it works with, so that a test can stand in for it. */
export interface Means {
  job: (file: string) => Pick<JobProgress, 'state' | 'lag' | 'lostRecords' | 'lostBetween'> | undefined;
  producer: (file: string) => Pick<ProducerProgress, 'source'> | undefined;
  /** undefined before an `up` of this version has written it */
  refill: () => Refill | undefined;
  start: StartCommand;
  log: (line: string) => void;
}

/**
 * Has the minutes asked from the market's history whose quotes were removed from the topic before they were read. It waits until the job has read
 * what there is, because that is not missing.
 */
export class Refills {
  private running: ProcessIdentity | undefined;
  /** the loss that was answered last */
  private answered: string | undefined;
  private attempts = 0;
  private nextAt = 0;
  private ending = false;

  constructor(
    private readonly means: Means,
    private readonly clock: Pick<Clock, 'elapsed'> = systemClock,
  ) {}

  /** Looks once. */
  tick(): void {
    if (this.ending || this.running !== undefined) return;
    const refill = this.means.refill();
    if (refill === undefined) return;
    const said = this.means.job(refill.job);
    const lostFrom = said?.lostBetween?.from ?? undefined;
    if (said?.lostBetween === undefined || lostFrom === undefined) return;
    if (said.state !== 'running' || (said.lag ?? 1) > 0) return;
    const loss = `${String(said.lostRecords)} until ${said.lostBetween.to}`;
    if (loss === this.answered || (this.attempts > 0 && this.clock.elapsed() < this.nextAt)) return;
    // Simulated and recorded quotes have no history.
    if (this.means.producer(refill.producer)?.source.startsWith('alpaca') !== true) return;
    const from = new Date(Date.parse(lostFrom) - marginMs).toISOString();
    this.means.log(`${loss} were removed before they were read: asks the history for what is missing since ${from}`);
    this.attempts += 1;
    const { command } = refill;
    this.running = this.means.start({ ...command, args: [...command.args, '--from', from] }, (outcome, detail) => {
      this.running = undefined;
      this.nextAt = this.clock.elapsed() + waitAfter(this.attempts, backoff);
      if (outcome === 'done') {
        this.answered = loss;
        this.attempts = 0;
      }
      this.means.log(`"backfill" ended: ${outcome}${detail === undefined ? '' : ` (${detail})`}`);
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
}
