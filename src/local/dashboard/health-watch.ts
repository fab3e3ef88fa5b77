import type { TimedStatus } from '../status/status-cache.ts';
import { askStatus } from '../status/status-question.ts';
import type { LocalLake } from '../lake.ts';
import { HealthSamples, type HealthSample } from './health-samples.ts';

/** How often the status is collected while somebody looks, and while nobody does. */
const watchedEveryMs = 3000;
const unwatchedEveryMs = 15_000;
/** a little more than the time between two looks of the alarms */
const unwatchedAgeMs = 11_000;

/** What the page shows of the lake's health. */
export type Health = TimedStatus;

/** Collects the status again and again, and keeps an hour of samples of it. */
export class HealthWatch {
  readonly samples = new HealthSamples();
  private latest: Health | undefined;
  private looking: Promise<Health> | undefined;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param isWatched whether a page is open
   * @param tell hears each status, and the sample when one was taken
   */
  constructor(
    private readonly lake: LocalLake,
    private readonly isWatched: () => boolean,
    private readonly tell: (health: Health, sample: HealthSample | undefined) => void,
    private readonly log: (line: string) => void,
  ) {}

  /** Begins to look; the first look waits, because whoever raises the lake needs the processor more. */
  start(): void {
    this.timer = setInterval(() => {
      const age = this.latest === undefined ? unwatchedEveryMs : Date.now() - Date.parse(this.latest.at);
      const due = age < 0 || age >= (this.isWatched() ? watchedEveryMs : unwatchedEveryMs);
      if (!due || this.looking !== undefined) return;
      this.look().catch((error: unknown) => this.log(`can't collect the status: ${(error as Error).message}`));
    }, 1000);
    this.latest = undefined;
  }

  /** The status of just now. */
  async now(): Promise<Health> {
    const age = this.latest === undefined ? undefined : Date.now() - Date.parse(this.latest.at);
    if (this.latest !== undefined && age !== undefined && age >= 0 && age < watchedEveryMs) return this.latest;
    return this.looking ?? this.look();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): Promise<Health> {
    // While nobody looks, what the alarms were judged by is new enough.
    this.looking = askStatus(this.lake, this.isWatched() ? 0 : unwatchedAgeMs)
      .then((health) => {
        this.latest = health;
        this.tell(health, this.samples.take(health.status, new Date(health.at)));
        return health;
      })
      .finally(() => (this.looking = undefined));
    return this.looking;
  }
}
