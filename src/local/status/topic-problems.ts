import type { Problem } from '../alarms/evaluation.ts';
import type { Found, JobStatus } from './model.ts';
import { count, isWithin } from './phrases.ts';

/** For how long a topic that went back is named, in milliseconds. */
const renewedMs = 86_400_000;

/** What the broker removed before a job had read it. */
export function ofLostRecords(job: JobStatus): Problem[] {
  if (job.lostRecords === 0) return [];
  return [
    {
      id: 'records-lost',
      part: job.id,
      what: `${count(job.lostRecords, 'record')} for ${job.title} were removed from the topic before it had read them`,
      next: 'Prices of the last days can be fetched again: "cryptodm gaps" lists what is missing, "cryptodm backfill" asks for it.',
    },
  ];
}

/** A topic that went back is named for a day: what it lost may be missed elsewhere. */
export function ofRenewal({ name, generation, renewal }: Found['topics'][number], now: Date): Problem[] {
  if (renewal === undefined || !isWithin(renewal.at, renewedMs, now)) return [];
  const gone = renewal.lost === 0 ? '' : `, ${count(renewal.lost, 'record')} that were read are gone`;
  return [
    {
      id: 'topic-renewed',
      part: 'kafka',
      what: `${renewal.reason}${gone}: generation ${String(generation)} of ${name} began`,
      since: renewal.at,
      next: 'Nothing for what the tables hold: their rows stay. Other readers of the topic must know that offsets came again.',
    },
  ];
}
