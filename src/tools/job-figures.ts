import { count } from './phrases.ts';
import type { JobProgress } from './progress.ts';

/** Figures of a stream job, on either target. */
export interface JobFigures {
  /** records in the topic that the job has not read; undefined when that is not known */
  lag: number | undefined;
  batches: number;
  lastBatchMs: number | undefined;
  rows: number;
  badRecords: number;
  /** seconds between the production of the newest record of the last batch and its visibility in the store */
  freshnessSeconds: number | undefined;
  visibleAt: string | undefined;
  lastError: string | undefined;
  /** how often it has failed for one reason without a success between, and since when; absent: not at all */
  failing?: { count: number; since: string } | undefined;
  /** when the last run of a job that reads tables ended; absent: it reads a topic, or has not run yet */
  ranAt?: string | undefined;
  /** records that its topic had removed before they were read, since the job was started */
  lostRecords: number;
  /** when these were produced, at most; `from` is null where it is unknown */
  lostBetween?: { from: string | null; to: string } | undefined;
}

/** Upper limit of the time that a run is given because earlier ones took long, in milliseconds. */
const longestRunMs = 300_000;

/**
 * Since when a job that reads tables stands still: it ends runs even when there is nothing to do. Undefined while it runs as it should.
 * @param timeoutMs how long a run may take, if the last one was not slow itself
 */
export function standsStillSince(
  { ranAt, lastBatchMs = 0 }: JobFigures,
  now: Date,
  timeoutMs: number,
): string | undefined {
  if (ranAt === undefined) return undefined;
  const allowedMs = Math.max(timeoutMs, Math.min(4 * lastBatchMs, longestRunMs));
  return now.getTime() - Date.parse(ranAt) > allowedMs ? ranAt : undefined;
}

/** Failures for one reason after which a job is not said to succeed by itself, and the time that they must have taken. */
const hopeless = { failures: 5, ms: 120_000 };

/** Whether a job has failed for the same reason for so long that it will hardly go on by itself. */
export function isHopeless({ failing }: JobFigures, now: Date): boolean {
  if (failing === undefined || failing.count < hopeless.failures) return false;
  return now.getTime() - Date.parse(failing.since) >= hopeless.ms;
}

/** Figures from the progress of a job; the lag is from the time when it planned its last batch. */
export function figuresOf(progress: JobProgress | undefined): JobFigures {
  return {
    lag: progress?.lag ?? undefined,
    batches: progress?.batches ?? 0,
    lastBatchMs: progress?.batchMs,
    rows: progress?.rows ?? 0,
    badRecords: progress?.badRecords ?? 0,
    freshnessSeconds: progress?.freshness?.seconds,
    visibleAt: progress?.freshness?.visibleAt,
    lastError: progress?.lastError ?? undefined,
    failing: progress?.failing && { count: progress.failing.count, since: progress.failing.since },
    ranAt: progress?.ranAt,
    lostRecords: progress?.lostRecords ?? 0,
    lostBetween: progress?.lostBetween,
  };
}

/** What the broker removed before a job had read it, in one sentence; undefined when that is nothing. */
export function describeLoss({ title, lostRecords, lostBetween }: JobFigures & { title: string }): string | undefined {
  if (lostRecords === 0) return undefined;
  const { from, to } = lostBetween ?? {};
  const when =
    to === undefined
      ? ''
      : from === undefined || from === null
        ? `, produced before ${to}`
        : `, produced between ${from} and ${to}`;
  return `${count(lostRecords, 'record')} for ${title} were removed from the topic before it had read them${when}`;
}
