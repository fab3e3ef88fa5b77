import { describeMaintenance } from '../maintenance/maintenance-status.ts';
import { costTag, type Guards } from './guards.ts';
import type { AwsLakeStatus } from './status.ts';
import { describeGrowth, forecastDisk } from '../../lake/disk-forecast.ts';
import { age } from '../../tools/age.ts';
import { isHopeless } from '../../tools/job-figures.ts';
import { table } from '../../tools/text-table.ts';
import { fitLines } from '../../tools/wrapped-text.ts';

/** The status of a lake in an account, for people. @param width of the terminal; undefined: lines may be of any length */
export function renderAwsStatus(status: AwsLakeStatus, now: Date, width?: number): string {
  const { prefix, account, region, brokers, cluster, cost } = status;
  const lines = [`lake ${prefix} ${status.state}   account ${account}, ${region}`];
  if (status.state === 'down') return `${lines.join('\n')}\nNothing of it exists. Start it with "cryptodm up".`;
  if (status.state === 'ended') {
    lines.push('Its time to live has ended: the data is still there. "cryptodm up" makes the rest again.');
  }
  const money = cost === undefined ? '' : `about ${cost.perHour.toFixed(2)} dollars an hour`;
  lines.push([money, remaining(status.expiresAt, now)].filter((text) => text !== '').join(', '));
  lines.push(
    '',
    ...table(
      ['part', 'state', ''],
      [
        [
          'Kafka (MSK)',
          lower(brokers?.state),
          brokers === undefined ? '' : `${String(brokers.brokers)} x ${brokers.type}`,
        ],
        ['Spark (EMR)', lower(cluster?.state), cluster?.id ?? ''],
        ...producerParts(status),
      ],
      width,
    ),
    '',
    ...table(
      ['job', 'state', 'step', 'lag', 'rows', 'batch', 'fresh', 'last seen', 'bad'],
      status.jobs.map((job) => [
        job.title,
        job.state,
        job.step ?? '',
        job.lag === undefined ? '' : String(job.lag),
        String(job.rows),
        job.lastBatchMs === undefined ? '' : `${String(Math.round(job.lastBatchMs))} ms`,
        job.freshnessSeconds === undefined ? '' : `${job.freshnessSeconds.toFixed(1)} s`,
        age(job.visibleAt, now),
        String(job.badRecords),
      ]),
      width,
    ),
  );
  for (const job of status.jobs) lines.push(...remarks(job, now));
  for (const { what, next } of nameGuards(status.guards, status.expiresAt)) lines.push('', `! ${what}.`, `  ${next}`);
  for (const { what, next } of status.problems) lines.push('', `! ${what}.`, `  ${next}`);
  lines.push('');
  for (const { id, at, line } of status.producers) {
    lines.push(`producer of ${id}: ${at === undefined ? 'has logged nothing' : `${age(at, now)} ago: ${line ?? ''}`}`);
  }
  if (status.maintenance !== undefined) lines.push(describeMaintenance(status.maintenance, now));
  const { growing } = status;
  if (growing.length > 0) lines.push('', describeGrowth(growing, forecastDisk(growing)));
  return fitLines(lines, width).join('\n');
}

/** The host of the producers, or each of their services. */
function producerParts({ host, services }: AwsLakeStatus): string[][] {
  if (services === undefined) {
    const where = host === undefined ? '' : `${host.id} ${host.type} ${host.address ?? ''}`.trimEnd();
    return [['producer host (EC2)', lower(host?.state), where]];
  }
  if (services.length === 0) return [['producers (ECS)', lower(undefined), '']];
  return services.map(({ name, desired, running, event }) => {
    const state = desired === 0 ? (running === 0 ? 'stopped' : 'stopping') : running === 0 ? 'starting' : 'running';
    return [`${name} (ECS)`, state, state === 'starting' ? (event ?? '') : ''];
  });
}

/** What does not guard or inform yet, and what to do about it. */
function nameGuards({ budget, unconfirmed }: Guards, expiresAt: string | undefined): { what: string; next: string }[] {
  const guard =
    expiresAt === undefined
      ? 'Until then nothing limits the cost: this lake has no time to live (aws.timeToLive).'
      : 'Until then the time to live is what limits the cost.';
  return [
    ...(budget === 'blind'
      ? [
          {
            what: `The budget sees no costs, because the tag "${costTag}" is not active for cost allocation`,
            next: `Activate it in "Billing and Cost Management", "Cost allocation tags" (as the payer of the account; it takes up to a day). ${guard}`,
          },
        ]
      : []),
    ...unconfirmed.map((address) => ({
      what: `${address} gets no alarm, because its subscription is not confirmed`,
      next: 'Follow the link in the message "AWS Notification - Subscription Confirmation".',
    })),
  ];
}

/** What is wrong with a job, one line each. */
function remarks(job: AwsLakeStatus['jobs'][number], now: Date): string[] {
  const { title, lastError, failing, stillSince } = job;
  const still =
    stillSince === undefined ? [] : [`  ${title} stands still: it has ended no run for ${age(stillSince, now)}`];
  if (lastError === undefined) return still;
  const hopeless = isHopeless(job, now) ? `; it will hardly succeed by itself` : '';
  const times =
    failing === undefined || failing.count < 2
      ? ''
      : ` (${String(failing.count)} times since ${failing.since}${hopeless})`;
  return [...still, `  ${title}: ${lastError}${times}`];
}

function lower(state: string | undefined): string {
  return state?.toLowerCase() ?? 'not there';
}

function remaining(expiresAt: string | undefined, now: Date): string {
  if (expiresAt === undefined) return 'no end is set';
  const minutes = Math.round((Date.parse(expiresAt) - now.getTime()) / 60_000);
  if (minutes <= 0) return `its time to live ended at ${expiresAt}`;
  const left = minutes < 120 ? `${String(minutes)} min` : `${String(Math.round(minutes / 60))} h`;
  return `ends in ${left} (${expiresAt})`;
}
