import { age } from '../../tools/age.ts';
import { table } from '../../tools/text-table.ts';
import { fitLines } from '../../tools/wrapped-text.ts';
import { describeForecast } from '../status/disk-forecast.ts';
import type { LakeStatus } from '../status/model.ts';
import type { Problem } from '../../lake/alarms.ts';

/**
 * The status as a person reads it: what is wrong, then one block each for parts, jobs and data.
 * @param width of the terminal; undefined: lines may be of any length
 */
export function renderStatus(status: LakeStatus, now: Date, width?: number): string {
  const lines = [`lake ${status.state}   ${status.data}`];
  const problems = status.problems.flatMap((problem) => describe(problem, now));
  if (status.parts.length === 0) {
    const nothing = (status.strays ?? []).length === 0 ? ['Nothing runs. Raise it with "cryptodm up".'] : [];
    return fitLines([...lines, ...problems, ...nothing], width).join('\n');
  }
  const { resident: supervisor } = status;
  if (status.dashboard !== undefined) lines.push(`dashboard ${status.dashboard}`);
  const { signIn } = status;
  if (signIn !== undefined)
    lines.push(`${signIn.servers.join(', ')}: sign in as ${signIn.user} with the password in ${signIn.file}`);
  lines.push(...problems, ...renderAlarms(status, now));
  lines.push(
    '',
    ...table(
      ['part', 'state', 'since', 'pid', 'memory', 'restarts'],
      [
        [
          'supervisor',
          supervisor === undefined ? 'down' : 'up',
          age(supervisor?.since, now),
          text(supervisor?.pid),
          megabytes(supervisor?.memoryBytes),
          '',
        ],
        ...status.parts.map((part) => [
          `${part.title}${part.ports[0] === undefined ? '' : ` :${String(part.ports[0])}`}`,
          part.state,
          age(part.since, now),
          text(part.pid),
          megabytes(part.memoryBytes),
          part.restarts === 0 ? '' : `${String(part.restarts)} (${part.lastExit ?? '?'})`,
        ]),
      ],
      width,
    ),
    '',
    ...table(
      ['job', 'state', 'lag', 'batch', 'fresh', 'last seen', 'bad'],
      status.jobs.map((job) => [
        job.title,
        job.state,
        text(job.lag),
        job.lastBatchMs === undefined ? '' : `${String(Math.round(job.lastBatchMs))} ms`,
        job.freshnessSeconds === undefined ? '' : `${job.freshnessSeconds.toFixed(1)} s`,
        age(job.visibleAt, now),
        String(job.badRecords),
      ]),
      width,
    ),
  );
  for (const job of status.jobs.filter((candidate) => candidate.lastError !== undefined)) {
    lines.push(`  ${job.title}: ${job.lastError ?? ''}`);
  }
  for (const producer of status.producers) {
    const fault = producer.lastError === undefined ? '' : `; last error: ${producer.lastError}`;
    lines.push(
      ...(producer === status.producers[0] ? [''] : []),
      `producer of ${producer.id}: ${producer.source}, ${String(producer.acknowledged)} acknowledged${historyText(producer.history)}${fault}`,
    );
  }
  lines.push(
    '',
    ...table(
      ['data', 'rows', 'files', 'deletes', 'snapshots', 'size'],
      [
        ...status.tables.map((one) => [
          one.name,
          text(one.rows),
          text(one.files),
          text(one.deletes),
          text(one.snapshots),
          `${(one.bytes / 1e6).toFixed(2)} MB`,
        ]),
        ['Elasticsearch crypto_quote', text(status.documents), '', '', '', ''],
        ...status.topics.map(({ name, records, backlog }) => [
          ...[`topic ${name}`, text(records), '', '', ''],
          backlog === undefined ? '' : `${(backlog.bytes / 1e6).toFixed(2)} MB`,
        ]),
      ],
      width,
    ),
  );
  const forecast = describeForecast(status);
  if (forecast !== undefined) lines.push('', forecast);
  if (status.schedules.length > 0) {
    lines.push(
      '',
      ...table(
        ['by itself', 'last run', 'outcome', 'next run'],
        status.schedules.map(({ title, running, last, next }) => [
          title,
          last === undefined ? 'never' : minute(last.endedAt),
          running ? 'running' : last === undefined ? '' : [last.outcome, last.detail].filter(Boolean).join(': '),
          Date.parse(next) <= now.getTime() ? 'soon' : minute(next),
        ]),
        width,
      ),
    );
  }
  const { upkeep } = status;
  if (upkeep !== undefined) {
    const freed = upkeep.tables.reduce((sum, { freedBytes }) => sum + freedBytes, 0);
    const result = upkeep.outcome === 'done' ? `${(freed / 1e6).toFixed(2)} MB freed` : (upkeep.detail ?? '');
    lines.push(`last maintenance ${upkeep.outcome} ${age(upkeep.endedAt, now)} ago: ${result}`);
  }
  return fitLines(lines, width).join('\n');
}

/** While the history of new coins comes. */
function historyText(history: LakeStatus['producers'][number]['history']): string {
  if (history === undefined || history.answered >= history.minutes) return '';
  return `; history: ${String(history.answered)} of ${String(history.minutes)} minutes`;
}

/** What is wrong and what to do about it; an empty line goes before each. */
function describe({ what, since, next }: Problem, now: Date): string[] {
  return ['', `! ${what}${since === undefined ? '' : ` (for ${age(since, now)})`}`, `  ${next}`];
}

/** The alarms that fire, and their notifications that are not delivered yet. */
function renderAlarms({ alarms, alerts }: LakeStatus, now: Date): string[] {
  const lines = alarms
    .filter(({ state }) => state === 'firing')
    .map(({ id, title, severity, since }) => `alarm ${id} (${severity}): ${title}, for ${age(since, now)}`);
  if (alerts.waiting > 0) {
    const why = Object.values(alerts.errors).join('; ');
    lines.push(`${String(alerts.waiting)} messages about alarms wait to be delivered${why === '' ? '' : `: ${why}`}`);
  }
  return lines.length === 0 ? [] : ['', ...lines];
}

/** A time to the minute, with its zone. */
function minute(time: string): string {
  return new Date(time).toISOString().replace(/:\d\d\.\d+Z$/, 'Z');
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : `${String(Math.round(bytes / 1e6))} MB`;
}

function text(value: number | undefined): string {
  return value === undefined ? '?' : String(value);
}
