import type { LakeStatus } from '../status/model.ts';
import type { HealthSample } from './api.ts';

/** `most` samples are one hour. */
export const sampleEveryMs = 15_000;
const most = 240;

/** The last hour of the lake's health, in memory: the oldest sample goes when a new one comes. */
export class HealthSamples {
  private readonly samples: HealthSample[] = [];

  /** Keeps a sample of this status when one is due. @returns it, or undefined */
  take(status: LakeStatus, now: Date): HealthSample | undefined {
    const last = this.samples.at(-1);
    const since = last === undefined ? Number.POSITIVE_INFINITY : now.getTime() - Date.parse(last.at);
    // A clock that was set back must not stop it.
    if (since >= 0 && since < sampleEveryMs) return undefined;
    const sample = sampleOf(status, now);
    this.samples.push(sample);
    if (this.samples.length > most) this.samples.shift();
    return sample;
  }

  list(): readonly HealthSample[] {
    return this.samples;
  }
}

function sampleOf(status: LakeStatus, now: Date): HealthSample {
  const jobs = status.jobs.map((job) => [
    job.id,
    {
      lag: job.lag ?? null,
      batchMs: job.lastBatchMs ?? null,
      freshness: job.freshnessSeconds ?? null,
      bad: job.badRecords,
    },
  ]);
  return { at: now.toISOString(), jobs: Object.fromEntries(jobs) as HealthSample['jobs'] };
}
