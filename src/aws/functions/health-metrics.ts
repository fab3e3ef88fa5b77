import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { JobProgress } from '../../tools/progress.ts';
import { isOver, type MaintenanceRun } from './maintenance-run.ts';

/** Figures of a job; null where the job has reported nothing. */
export interface JobHealth {
  id: string;
  /** seconds since the newest record that is visible was produced */
  freshness: number | null;
  /** records that were not read yet */
  lag: number | null;
  /** since the job started */
  badRecords: number | null;
}

/** Figures of what runs by a schedule; null for what has never ended. */
export interface MaintenanceHealth {
  /** seconds since the last maintenance without a failure ended */
  upkeepAge: number | null;
  /** tables that the last maintenance failed for */
  upkeepFailures: number | null;
  /** seconds since the icons were loaded */
  iconsAge: number | null;
}

/**
 * Freshness grows while the job is silent: it is the time from the production of the newest record to now.
 * @param isFed false where no producer writes to its topic: then it is silent for good
 */
export function readHealth(
  id: string,
  progress: JobProgress | undefined,
  { now, isFed = true }: { now: Date; isFed?: boolean },
): JobHealth {
  return {
    id,
    freshness: isFed ? ageOf(progress?.freshness?.producedAt, now) : null,
    lag: progress?.lag ?? null,
    badRecords: progress?.badRecords ?? null,
  };
}

/**
 * @param run the note in the lease of the maintenance; a run that has not ended has no figures
 * @param loadedAt UTC, when the icons were loaded
 */
export function readMaintenanceHealth(
  run: Partial<MaintenanceRun> | undefined,
  loadedAt: string | undefined,
  now: Date,
): MaintenanceHealth {
  const tables = run?.endedAt === undefined ? undefined : run.tables?.filter(isOver);
  const failures = tables?.filter(({ phase }) => phase === 'failed').length ?? null;
  return {
    upkeepAge: failures === 0 ? ageOf(run?.endedAt, now) : null,
    upkeepFailures: failures,
    iconsAge: ageOf(loadedAt, now),
  };
}

function ageOf(at: string | undefined, now: Date): number | null {
  const time = Date.parse(at ?? '');
  return Number.isNaN(time) ? null : Math.max(0, (now.getTime() - time) / 1000);
}

type Value = readonly [name: string, unit: 'Seconds' | 'Count', value: number | null];

/** Metrics of the namespace `CryptoLake`, by lake and job (`docs/contracts.md`). */
export function jobMetrics(lake: string, { id, freshness, lag, badRecords }: JobHealth, now: Date): MetricDatum[] {
  const values = [
    ['Freshness', 'Seconds', freshness],
    ['Lag', 'Count', lag],
    ['BadRecords', 'Count', badRecords],
  ] as const;
  return dataOf(values, { Lake: lake, Job: id }, now);
}

/** As `jobMetrics`, of the lake as a whole. */
export function maintenanceMetrics(lake: string, health: MaintenanceHealth, now: Date): MetricDatum[] {
  const values = [
    ['UpkeepAge', 'Seconds', health.upkeepAge],
    ['UpkeepFailures', 'Count', health.upkeepFailures],
    ['IconsAge', 'Seconds', health.iconsAge],
  ] as const;
  return dataOf(values, { Lake: lake }, now);
}

function dataOf(values: readonly Value[], dimensions: Record<string, string>, Timestamp: Date): MetricDatum[] {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return values.flatMap(([MetricName, Unit, Value]) =>
    Value === null ? [] : [{ MetricName, Unit, Value, Dimensions, Timestamp }],
  );
}
