import type { Broker } from '../../tools/broker.ts';
import { readJobProgress } from '../../tools/progress.ts';
import type { TopicFollower } from '../../tools/topic-follower.ts';
import type { Tape } from './tape.ts';

const lookEveryMs = 250;
/** The topic is followed so long after the last page was closed, and tried again so long after a failure. */
const restMs = 30_000;
const againMs = 3000;
/** The table holds what is older: a job is at most this far behind. */
const overlapMs = 10_000;
/** Between two events to the pages. */
const sendEveryMs = 100;

export interface TapeSource {
  broker: () => Broker;
  topic: string;
  /** progress file of the job that reads the topic */
  progress: string;
}

/** Follows the trades of exchanges while a page is open, in a lake that has some. */
export class TapeWatch {
  private follower: TopicFollower | undefined;
  private starting = false;
  private closed = false;
  private neededUntil = 0;
  private tryAt = 0;
  private readonly timer: NodeJS.Timeout;
  private readonly changed = new Set<string>();
  private sending: NodeJS.Timeout | undefined;
  private sentAt = 0;

  /**
   * @param hasListeners whether a page is open
   * @param onTrades gets the coins of new trades
   */
  constructor(
    private readonly source: TapeSource,
    private readonly tape: Tape,
    private readonly hasListeners: () => boolean,
    private readonly onTrades: (coins: string[]) => void,
    private readonly log: (line: string) => void,
  ) {
    this.timer = setInterval(() => this.look(), lookEveryMs);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    clearTimeout(this.sending);
    await this.rest();
  }

  private look(): void {
    const now = performance.now();
    if (this.hasListeners()) {
      this.neededUntil = now + restMs;
      if (this.follower === undefined && !this.starting && now >= this.tryAt && this.hasTrades()) void this.follow();
    } else if (this.follower !== undefined && now >= this.neededUntil) void this.rest();
  }

  /** A lake without exchanges has an empty topic: nothing is connected there. */
  private hasTrades(): boolean {
    return Object.values(readJobProgress(this.source.progress)?.offsets ?? {}).some((next) => next > 0);
  }

  private async follow(): Promise<void> {
    this.starting = true;
    try {
      const { followTopic } = await import('../../tools/topic-follower.ts');
      const newsFromMs = Date.now();
      let ended = false;
      this.tape.refill();
      const follower = await followTopic(this.source.broker(), this.source.topic, {
        fromMs: newsFromMs - overlapMs,
        onRecords: (records) => this.note(this.tape.take(records, newsFromMs)),
        onLeftOut: () => this.tape.lose(),
        onEnd: (error) => {
          ended = true;
          this.giveUp(error);
        },
      });
      if (this.closed || ended) await follower.close();
      else this.follower = follower;
    } catch (error) {
      this.giveUp(error as Error);
    } finally {
      this.starting = false;
    }
  }

  private giveUp(error: Error): void {
    this.log(`can't follow ${this.source.topic}: ${error.message}`);
    this.tryAt = performance.now() + againMs;
    void this.rest();
  }

  private async rest(): Promise<void> {
    const { follower } = this;
    this.follower = undefined;
    this.tape.lose();
    await follower?.close().catch(() => undefined);
  }

  /** Pages hear of new trades at once, but not more often than they can show them. */
  private note(coins: Set<string>): void {
    for (const coin of coins) this.changed.add(coin);
    if (this.changed.size === 0 || this.sending !== undefined) return;
    const wait = Math.max(0, this.sentAt + sendEveryMs - performance.now());
    this.sending = setTimeout(() => {
      this.sending = undefined;
      this.sentAt = performance.now();
      this.onTrades([...this.changed]);
      this.changed.clear();
    }, wait);
  }
}
