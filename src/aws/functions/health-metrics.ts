import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { JobProgress } from '../../tools/progress.ts';
import { isOver, lastChange, type MaintenanceRun } from './maintenance-run.ts';

/** Figures of a job; null where the job has reported nothing. */
export interface JobHealth {
  id: string;
  /** seconds since the newest record that is visible was produced */
  freshness: number | null;
  /** records that were not read yet */
  lag: number | null;
  /** since the job started */
  badRecords: number | null;
  /** records that the topic had removed before they were read, since the job started */
  lostRecords: number | null;
}

/** Figures of what runs by a schedule; null where nothing is known. */
export interface MaintenanceHealth {
  /** seconds since the last maintenance without a failure ended; since the lake was made where none has yet */
  upkeepAge: number | null;
  /** tables that the last maintenance failed for */
  upkeepFailures: number | null;
  /** seconds since the icons were loaded; since the lake was made where they never were */
  iconsAge: number | null;
}

/** Whether data should arrive. */
export interface Feed {
  now: Date;
  /** since when producers write to its topic; undefined: none does, so that it is silent on purpose */
  fedSince: string | undefined;
}

/**
 * Freshness grows while the job is silent: it is the time from the production of the newest record to now, and at most the time that
 * producers should have been running. A job without any record is as old as that.
 */
export function readHealth(id: string, progress: JobProgress | undefined, { now, fedSince }: Feed): JobHealth {
  const newest = ageOf(progress?.freshness?.producedAt, now);
  const fed = ageOf(fedSince, now);
  return {
    id,
    freshness: fed === null ? null : Math.min(newest ?? fed, fed),
    lag: progress?.lag ?? null,
    badRecords: progress?.badRecords ?? null,
    lostRecords: progress === undefined ? null : (progress.lostRecords ?? 0),
  };
}

/**
 * @param known of the maintenance the note in its lease, and of both when they succeeded last; a run that has not ended has no figures
 * @param madeAt UTC, when the lake was made: what should have run since then is overdue, too
 */
export function readMaintenanceHealth(
  known: { run: Partial<MaintenanceRun> | undefined; loadedAt: string | undefined; madeAt: string | undefined },
  now: Date,
): MaintenanceHealth {
  const { loadedAt, madeAt } = known;
  const run = lastChange(known.run);
  const tables = run?.endedAt === undefined ? undefined : run.tables?.filter(isOver);
  const failures = tables?.filter(({ phase }) => phase === 'failed').length ?? null;
  // One that is under way is as old as its start, and one by a program of an earlier version notes nothing.
  const ranAt = run === undefined ? madeAt : run.endedAt === undefined ? run.startedAt : run.endedAt;
  return {
    upkeepAge: failures === null || failures === 0 ? ageOf(ranAt, now) : null,
    upkeepFailures: failures,
    iconsAge: ageOf(loadedAt ?? madeAt, now),
  };
}

function ageOf(at: string | undefined, now: Date): number | null {
  const time = Date.parse(at ?? '');
  return Number.isNaN(time) ? null : Math.max(0, (now.getTime() - time) / 1000);
}

type Value = readonly [name: string, unit: 'Seconds' | 'Count', value: number | null];

/** Metrics of the namespace `CryptoLake`, by lake and job (`docs/contracts.md`). */
export function jobMetrics(lake: string, health: JobHealth, now: Date): MetricDatum[] {
  const values = [
    ['Freshness', 'Seconds', health.freshness],
    ['Lag', 'Count', health.lag],
    ['BadRecords', 'Count', health.badRecords],
    ['LostRecords', 'Count', health.lostRecords],
  ] as const;
  return dataOf(values, { Lake: lake, Job: health.id }, now);
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

/** Whether what should be there is there; null where nothing is expected or known. */
export interface PartHealth {
  /** clusters that run the jobs */
  clusters: number | null;
  /** 1 when the index does not answer a search completely */
  searchFailures: number | null;
}

/** As `maintenanceMetrics`. */
export function partMetrics(lake: string, { clusters, searchFailures }: PartHealth, now: Date): MetricDatum[] {
  const values = [
    ['Clusters', 'Count', clusters],
    ['SearchFailures', 'Count', searchFailures],
  ] as const;
  return dataOf(values, { Lake: lake }, now);
}

/** A producer in a container, and how many of its tasks run. */
export interface ProducerHealth {
  /** name of its task, such as `producer-quotes` */
  id: string;
  running: number;
}

/** As `jobMetrics`, by lake and producer. */
export function producerMetrics(lake: string, { id, running }: ProducerHealth, now: Date): MetricDatum[] {
  return dataOf([['RunningTasks', 'Count', running]], { Lake: lake, Producer: id }, now);
}

function dataOf(values: readonly Value[], dimensions: Record<string, string>, Timestamp: Date): MetricDatum[] {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return values.flatMap(([MetricName, Unit, Value]) =>
    Value === null ? [] : [{ MetricName, Unit, Value, Dimensions, Timestamp }],
  );
}
