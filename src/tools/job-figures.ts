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
  };
}
