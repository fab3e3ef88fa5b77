import type { Heartbeat } from '../parts/daemon.ts';
import type { Part } from './parts.ts';

/** What a progress file says, see `docs/contracts.md`. */
export interface Reading {
  at: string;
  /** of a job */
  state?: string;
  batchMs?: number;
  offsets: Record<string, number>;
}

/** After how long a process counts as stalled, in milliseconds unless said otherwise. */
export interface StallTimeouts {
  /** of a process that has not written its progress since it was started, and of a job that does not get beyond starting */
  startMs: number;
  /** of a process whose progress gets old; it is written every 10 s at least */
  silentMs: number;
  /** of a job that commits nothing although its topic holds more: longer than any batch of a job that catches up */
  stuckMs: number;
  /** how many of its own batches a stuck job is given */
  stuckBatches: number;
  /** between two requests to the broker about a job whose offsets rest */
  askEveryMs: number;
  /** after which an earlier restart no longer lengthens the timeouts */
  forgetMs: number;
}

export const stallTimeouts: StallTimeouts = {
  startMs: 300_000,
  silentMs: 45_000,
  stuckMs: 150_000,
  stuckBatches: 4,
  askEveryMs: 30_000,
  forgetMs: 3_600_000,
};

/** What the watch looks at. */
export interface Probe {
  /** milliseconds since 1970 */
  now: () => number;
  read: (file: string) => Reading | undefined;
  /** the next offset to be written of each partition; undefined while the broker does not answer */
  ends: (topic: NonNullable<Heartbeat['follows']>) => Promise<Record<string, number> | undefined>;
  /** false while progress can't be written because the disk is full: then silence means nothing */
  canWrite: () => boolean;
}

export interface Stall {
  part: Part;
  /** for people, such as `Quotes to Iceberg: nothing heard for 52 s` */
  why: string;
}

/** What is remembered of one progress file of one process. */
interface Memory {
  process: string;
  /** when it last made progress, or could not be expected to */
  goodAt: number;
  lastAt: string | undefined;
  /** false: the content of the file may be an earlier process's */
  heard: boolean;
  offsets: string | undefined;
  movedAt: number;
  askedAt: number;
  /** since when the topic is known to hold more while the offsets rest */
  behindSince: number | undefined;
}

/**
 * Finds processes that are alive and do nothing: one whose progress gets old (paused, deadlocked), and a job that commits nothing although its
 * topic holds more. A job that retries, a broker that is away, a full disk and a machine that slept are no stalls.
 */
export class StallWatch {
  private readonly memories = new Map<string, Memory>();
  private readonly restarts = new Map<string, { count: number; at: number }>();

  constructor(
    private readonly probe: Probe,
    private readonly timeouts: StallTimeouts = stallTimeouts,
  ) {}

  /** Forgets all that was seen, for example because this machine slept. */
  reset(): void {
    this.memories.clear();
  }

  /** Looks at each part once. @returns those that should be started again, each with one reason */
  async look(parts: Part[]): Promise<Stall[]> {
    if (!this.probe.canWrite()) {
      this.reset();
      return [];
    }
    const stalls: Stall[] = [];
    for (const part of parts) {
      if (part.state !== 'up' || part.process === undefined) continue;
      const why = await this.firstReason(part, part.daemon.beats ?? []);
      if (why === undefined) continue;
      stalls.push({ part, why });
      this.restarts.set(part.daemon.id, { count: this.earlier(part) + 1, at: this.probe.now() });
      // The next process starts from the beginning.
      for (const heartbeat of part.daemon.beats ?? []) this.memories.delete(heartbeat.file);
    }
    return stalls;
  }

  /** Since when jobs commit nothing although their topics hold more, by progress file, in milliseconds since 1970. */
  behind(): Record<string, number> {
    const since = [...this.memories].flatMap(([file, memory]) =>
      memory.behindSince === undefined ? [] : [[file, memory.behindSince] as const],
    );
    return Object.fromEntries(since);
  }

  private async firstReason(part: Part, heartbeats: Heartbeat[]): Promise<string | undefined> {
    for (const heartbeat of heartbeats) {
      const why = await this.reason(part, heartbeat);
      if (why !== undefined) return `${heartbeat.name}: ${why}`;
    }
    return undefined;
  }

  private async reason(part: Part, heartbeat: Heartbeat): Promise<string | undefined> {
    const now = this.probe.now();
    const reading = this.probe.read(heartbeat.file);
    const memory = this.recall(part, heartbeat, reading, now);
    // A change, never the time itself: the clock may have been set.
    if (reading !== undefined && reading.at !== memory.lastAt) {
      memory.lastAt = reading.at;
      memory.goodAt = now;
      memory.heard = true;
    }
    const silentMs = now - memory.goodAt;
    const timeoutMs = (memory.heard ? this.timeouts.silentMs : this.timeouts.startMs) * this.factor(part);
    if (silentMs > timeoutMs) return `nothing heard for ${seconds(silentMs)}`;
    if (reading === undefined || !memory.heard || heartbeat.follows === undefined) return undefined;
    return this.stuck(part, { ...heartbeat, follows: heartbeat.follows }, reading, memory);
  }

  private async stuck(
    part: Part,
    heartbeat: Heartbeat & Required<Pick<Heartbeat, 'follows'>>,
    reading: Reading,
    memory: Memory,
  ): Promise<string | undefined> {
    const now = this.probe.now();
    const offsets = JSON.stringify(reading.offsets);
    if (reading.state === 'retrying' || offsets !== memory.offsets) {
      memory.offsets = offsets;
      memory.movedAt = now;
      memory.behindSince = undefined;
      return undefined;
    }
    if (now - Math.max(memory.movedAt, memory.askedAt) < this.timeouts.askEveryMs) return undefined;
    memory.askedAt = now;
    const ends = await this.probe.ends(heartbeat.follows);
    const starting = reading.state === 'starting';
    const more = ends === undefined ? 0 : ahead(ends, reading.offsets);
    if (ends === undefined || (more === 0 && !starting)) {
      memory.behindSince = undefined;
      return undefined;
    }
    memory.behindSince ??= now;
    const stuckMs = now - memory.behindSince;
    const batchesMs = Math.max(this.timeouts.stuckMs, this.timeouts.stuckBatches * (reading.batchMs ?? 0));
    const timeoutMs = (starting ? this.timeouts.startMs : batchesMs) * this.factor(part);
    if (stuckMs < timeoutMs) return undefined;
    if (starting) return `it has been starting for ${seconds(now - memory.movedAt)}`;
    return `no commit for ${seconds(now - memory.movedAt)} although ${heartbeat.follows.topic} holds ${String(more)} more records`;
  }

  private recall(part: Part, heartbeat: Heartbeat, reading: Reading | undefined, now: number): Memory {
    const process = `${String(part.process?.pid)} ${part.process?.started ?? ''}`;
    const known = this.memories.get(heartbeat.file);
    if (known?.process === process) return known;
    const fresh: Memory = {
      process,
      goodAt: now,
      lastAt: reading?.at,
      heard: false,
      offsets: undefined,
      movedAt: now,
      askedAt: 0,
      behindSince: undefined,
    };
    this.memories.set(heartbeat.file, fresh);
    return fresh;
  }

  /** Timeouts grow after each restart that did not help. */
  private factor(part: Part): number {
    return 2 ** Math.min(this.earlier(part), 4);
  }

  private earlier(part: Part): number {
    const before = this.restarts.get(part.daemon.id);
    return before !== undefined && this.probe.now() - before.at < this.timeouts.forgetMs ? before.count : 0;
  }
}

function ahead(ends: Record<string, number>, offsets: Record<string, number>): number {
  return Object.entries(ends).reduce((sum, [partition, end]) => sum + Math.max(0, end - (offsets[partition] ?? 0)), 0);
}

function seconds(milliseconds: number): string {
  return `${String(Math.round(milliseconds / 1000))} s`;
}
