import type { Problem } from '../../lake/alarms.ts';
import { exchangesOf, hasHistory } from '../../lake/exchanges.ts';
import type { Found, JobStatus } from './model.ts';
import { count, isWithin } from '../../tools/phrases.ts';
import { describeLoss } from '../../tools/job-figures.ts';
import { describeBacklog } from '../../tools/topic-backlog.ts';

/** For how long a topic that went back is named, in milliseconds. */
const renewedMs = 86_400_000;

/** What the broker removed before a job had read it. */
export function ofLostRecords(job: JobStatus, producers: Found['producers']): Problem[] {
  const what = describeLoss(job);
  return what === undefined
    ? []
    : [{ id: 'records-lost', part: job.id, what, next: afterLoss(job, job.lostBetween?.from, producers) }];
}

function afterLoss({ id }: JobStatus, from: string | null | undefined, producers: Found['producers']): string {
  const source = producers.find((producer) => producer.id === 'quotes')?.source ?? '';
  if (id === 'trades-iceberg') return 'Trades have no history: those can’t be had again.';
  if (id === 'market-iceberg') return '"cryptodm gaps --trades" lists the ids that are missing.';
  if (id === 'quotes-elasticsearch') return 'The table may have them: "cryptodm doctor" compares it with the index.';
  if (exchangesOf(source) !== undefined) return '"cryptodm gaps" lists their minutes.';
  if (!hasHistory(source))
    return 'Simulated and recorded quotes have no history: those can’t be had again. "cryptodm gaps" lists their minutes.';
  return from === undefined || from === null
    ? '"cryptodm gaps" lists the minutes that are missing, "cryptodm backfill" asks the market’s history for them.'
    : 'Their minutes are asked from the market’s history by themselves; see "cryptodm logs backfill" and "cryptodm gaps".';
}

/** A topic that fills with what a job has not taken: it is never removed unread, so its producers have to pause at the end. */
export function ofBacklog({ name, backlog }: Found['topics'][number]): Problem[] {
  const problem = backlog === undefined ? undefined : describeBacklog(name, backlog);
  return problem === undefined ? [] : [{ ...problem, part: 'kafka' }];
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
