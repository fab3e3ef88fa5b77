import type { Problem } from '../alarms/evaluation.ts';
import { localThreshold } from '../../lake/alarms.ts';
import type { JobStatus } from './model.ts';
import { count, duration, isWithin } from './phrases.ts';

/** Limits, in milliseconds unless they say otherwise. */
const limits = {
  staleMs: localThreshold('data-stale') * 1000,
  lateSeconds: localThreshold('lag-growing'),
  badMs: 900_000,
};

export function ofJob(job: JobStatus, isTableBroken: boolean, now: Date): Problem[] {
  if (job.wentBack !== undefined) {
    return [
      {
        id: 'topic-went-back',
        part: job.id,
        what: `${job.title} stands still: ${job.wentBack}`,
        ...(job.since === undefined ? {} : { since: job.since }),
        next: 'The supervisor runs "cryptodm up", which begins a new generation of the topic; rows stay as they are. "cryptodm logs up" says why if it does not.',
      },
    ];
  }
  if (job.state === 'retrying') {
    return [
      {
        id: 'job-retrying',
        part: job.id,
        what: `${job.title} cannot go on: ${job.lastError ?? 'no reason given'}`,
        ...(job.since === undefined ? {} : { since: job.since }),
        next: isTableBroken ? 'It goes on once the table is repaired.' : 'It tries again by itself until it succeeds.',
      },
    ];
  }
  if (job.state !== 'running' || job.lag === undefined || job.lag === 0) return [];
  return [...ofStaleness(job, job.lag, now), ...ofLateness(job, job.lag, now)];
}

/** Records wait and nothing has become visible for longer than one batch takes, although nothing says why. */
function ofStaleness(job: JobStatus, lag: number, now: Date): Problem[] {
  if (job.waitingSince === undefined || isWithin(job.waitingSince, limits.staleMs, now)) return [];
  return [
    {
      id: 'data-stale',
      part: job.id,
      what: `${job.title} has committed nothing for a while although ${count(lag, 'record')} wait`,
      since: job.waitingSince,
      next: 'If it does not catch up the supervisor starts it again; see "cryptodm logs spark".',
    },
  ];
}

/** It commits, but what it commits is old: it catches up, or cannot keep up. */
function ofLateness(job: JobStatus, lag: number, now: Date): Problem[] {
  const age = job.freshnessSeconds;
  if (age === undefined || age < limits.lateSeconds || !isWithin(job.visibleAt, limits.staleMs, now)) return [];
  return [
    {
      id: 'data-late',
      part: job.id,
      what: `${job.title} is behind: what it shows is ${duration(age)} old, ${count(lag, 'record')} wait`,
      next: 'It catches up by itself; if it does not, less must be produced or more memory be given to "spark".',
    },
  ];
}

export function ofBadRecords(job: JobStatus, now: Date): Problem[] {
  if (job.lastBad === undefined || job.badRecords === 0 || !isWithin(job.lastBad.at, limits.badMs, now)) return [];
  return [
    {
      id: 'bad-records',
      part: job.id,
      what: `${count(job.badRecords, 'malformed record')} since ${job.title} was started; the last: ${job.lastBad.reason}`,
      since: job.lastBad.at,
      next: 'They are kept: cryptodm query "select * from crypto_db.bad_record order by seen_at desc limit 5".',
    },
  ];
}
