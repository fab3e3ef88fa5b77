import { askStatus } from '../status/status-question.ts';
import type { LocalLake } from '../lake.ts';
import type { Health, HealthSample } from './api.ts';
import { HealthSamples } from './health-samples.ts';

/** How often the status is collected while a page is open, and while none is. */
const watchedEveryMs = 3000;
const unwatchedEveryMs = 15_000;
/** a little more than the time between two evaluations of the alarms */
const unwatchedAgeMs = 11_000;

/** Collects the status periodically, and keeps an hour of samples of it. */
export class HealthWatch {
  readonly samples = new HealthSamples();
  private latest: Health | undefined;
  private collecting: Promise<Health> | undefined;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param isWatched whether a page is open
   * @param onHealth gets each status, and the sample when one was taken
   */
  constructor(
    private readonly lake: LocalLake,
    private readonly isWatched: () => boolean,
    private readonly onHealth: (health: Health, sample: HealthSample | undefined) => void,
    private readonly log: (line: string) => void,
  ) {}

  /** Begins to collect. The first status waits, because a lake that is coming up needs the processor more. */
  start(): void {
    this.timer = setInterval(() => {
      const age = this.latest === undefined ? unwatchedEveryMs : Date.now() - Date.parse(this.latest.at);
      const due = age < 0 || age >= (this.isWatched() ? watchedEveryMs : unwatchedEveryMs);
      if (!due || this.collecting !== undefined) return;
      this.collect().catch((error: unknown) => this.log(`can't collect the status: ${(error as Error).message}`));
    }, 1000);
    this.latest = undefined;
  }

  /** A status that is at most three seconds old. */
  async now(): Promise<Health> {
    const age = this.latest === undefined ? undefined : Date.now() - Date.parse(this.latest.at);
    if (this.latest !== undefined && age !== undefined && age >= 0 && age < watchedEveryMs) return this.latest;
    return this.collecting ?? this.collect();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private collect(): Promise<Health> {
    // While no page is open, the status that the alarms were evaluated with is new enough.
    this.collecting = askStatus(this.lake, this.isWatched() ? 0 : unwatchedAgeMs)
      .then((health) => {
        this.latest = health;
        this.onHealth(health, this.samples.take(health.status, new Date(health.at)));
        return health;
      })
      .finally(() => (this.collecting = undefined));
    return this.collecting;
  }
}
