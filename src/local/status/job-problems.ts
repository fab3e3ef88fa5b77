import type { Problem } from '../../lake/alarms.ts';
import { localThreshold } from '../../lake/alarms.ts';
import { isHopeless, standsStillSince } from '../../tools/job-figures.ts';
import { fullBelow } from './free-space.ts';
import type { Found, JobStatus } from './model.ts';
import { count, duration, isWithin, shorten } from '../../tools/phrases.ts';

/** Limits, in milliseconds unless they say otherwise. */
const limits = {
  staleMs: localThreshold('data-stale') * 1000,
  lateSeconds: localThreshold('lag-growing'),
  badMs: 900_000,
};

/** What keeps jobs from going on and is named by itself, as the end of a sentence; undefined when nothing does. */
export function obstacleOf({ unreadable, catalogFault, conditions }: Found): string | undefined {
  if (unreadable.length > 0 || catalogFault !== undefined) return 'the table is repaired';
  if (conditions.disk !== undefined && conditions.disk.free < fullBelow) return 'there is room on the disk';
  if (conditions.brokerAnswers === false) return 'Kafka answers';
  const { search } = conditions;
  const index = search?.index;
  if (index !== undefined && (index.missing || index.closed || index.differences.length > 0))
    return 'the index is repaired';
  return search === undefined || (search.answers && search.blocks.length === 0)
    ? undefined
    : 'Elasticsearch takes writes';
}

/** @param obstacle see `obstacleOf` */
export function ofJob(job: JobStatus, obstacle: string | undefined, now: Date): Problem[] {
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
        what: `${job.title} cannot go on: ${failuresOf(job)}${shorten(job.lastError ?? 'no reason given')}`,
        ...(job.since === undefined ? {} : { since: job.since }),
        next:
          obstacle !== undefined
            ? `It goes on once ${obstacle}.`
            : isHopeless(job, now)
              ? 'It tries again, but nothing shows that it will succeed by itself: "cryptodm logs spark" has the whole reason, "cryptodm doctor" looks for damage.'
              : 'It tries again by itself; "cryptodm logs spark" says more.',
      },
    ];
  }
  if (job.state !== 'running' || job.lag === undefined || job.lag === 0) return [];
  return [...ofStaleness(job, job.lag, now), ...ofLateness(job, job.lag, now)];
}

function failuresOf({ failing }: JobStatus): string {
  if (failing === undefined || failing.count < 2) return '';
  return `it has failed ${String(failing.count)} times since ${failing.since.slice(0, 19)}Z for the same reason: `;
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
      what: `${count(job.badRecords, 'bad record')} since ${job.title} was started; the last: ${shorten(job.lastBad.reason)}`,
      since: job.lastBad.at,
      next: 'They are kept: cryptodm query "select * from crypto_db.bad_record order by seen_at desc limit 5".',
    },
  ];
}

/** Layers end a run even when there is nothing to do. */
export function ofStandstill({ jobs, parts, mute = [] }: Found, now: Date): Problem[] {
  const process = parts.find(({ id, state }) => id === 'spark' && state === 'up');
  if (process === undefined || mute.some(({ part }) => part === process.id)) return [];
  return jobs.flatMap((job): Problem[] => {
    // What an earlier process wrote says nothing about this one.
    const isOwn = job.state === 'running' && Date.parse(job.heardAt ?? '') >= Date.parse(process.since);
    const since = isOwn ? standsStillSince(job, now, limits.staleMs) : undefined;
    if (since === undefined) return [];
    return [
      {
        id: 'layers-still',
        part: job.id,
        what: `${job.title} stands still: it has ended no run since, so these tables do not follow bronze`,
        since,
        next: `See "cryptodm logs spark". If it does not go on, end that process (pid ${String(process.pid)}): it is started again, and goes on where the tables are.`,
      },
    ];
  });
}
