import { hasHistory } from '../../lake/exchanges.ts';
import type { JobProgress, ProducerProgress } from '../../tools/progress.ts';
import { Attempts, type Start } from './attempts.ts';
import type { Clock, Refill } from './schedules.ts';

/** A market that does not answer may need long. */
const patience = { backoff: { firstWaitMs: 60_000, longestWaitMs: 3_600_000 }, graceMs: 15_000 };
/** The last record before a loss was itself one of several of its minute. */
const marginMs = 5 * 60_000;

/** What it works with, so that a test can stand in for it. */
export interface Means extends Start {
  job: (file: string) => Pick<JobProgress, 'state' | 'lag' | 'lostRecords' | 'lostBetween'> | undefined;
  producer: (file: string) => Pick<ProducerProgress, 'source'> | undefined;
  /** undefined before an `up` of this version has written it */
  refill: () => Refill | undefined;
}

/**
 * Has the minutes asked from the market's history whose quotes were removed from the topic before they were read. It waits until the job has read
 * what there is, because that is not missing.
 */
export class Refills {
  private readonly attempts: Attempts;
  /** the loss that was answered last */
  private answered: string | undefined;

  constructor(
    private readonly means: Means,
    clock?: Pick<Clock, 'elapsed'>,
  ) {
    this.attempts = new Attempts('"backfill"', means, patience, clock);
  }

  /** Looks once. */
  tick(): void {
    if (!this.attempts.isDue) return;
    const refill = this.means.refill();
    if (refill === undefined) return;
    const said = this.means.job(refill.job);
    const lostFrom = said?.lostBetween?.from ?? undefined;
    if (said?.lostBetween === undefined || lostFrom === undefined) return;
    if (said.state !== 'running' || (said.lag ?? 1) > 0) return;
    const loss = `${String(said.lostRecords)} until ${said.lostBetween.to}`;
    if (loss === this.answered) return;
    if (!hasHistory(this.means.producer(refill.producer)?.source ?? '')) return;
    const from = new Date(Date.parse(lostFrom) - marginMs).toISOString();
    const { command } = refill;
    this.attempts.begin(
      { ...command, args: [...command.args, '--from', from] },
      `${loss} were removed before they were read: asks the history for what is missing since ${from}`,
      () => {
        this.answered = loss;
        this.attempts.reset();
      },
    );
  }

  /** Ends a running command; no other is started. */
  async end(): Promise<void> {
    await this.attempts.end();
  }

  /** Leaves a running command alone; no other is started. */
  release(): void {
    this.attempts.release();
  }
}
