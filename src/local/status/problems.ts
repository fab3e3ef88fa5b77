import type { Problem } from '../alarms/evaluation.ts';
import { localThreshold, type ProblemId } from '../../lake/alarms.ts';
import { describeDamagedFile } from '../memory-files.ts';
import { fullBelow } from './free-space.ts';
import type { Found, JobStatus, PartStatus } from './model.ts';
import { nameMaintenanceProblems } from './maintenance-problems.ts';

/** A lake with only these is not degraded: its data is right and arrives. */
const minor: ProblemId[] = [
  'part-restarted',
  'file-damaged',
  'disk-filling',
  'data-late',
  'coin-refused',
  'clock-off',
  'bad-records',
  'topic-renewed',
  'records-lost',
  'optimize-failed',
  'optimize-overdue',
  'icons-failed',
  'icons-overdue',
];

export function isMinor(problem: Problem): boolean {
  return minor.includes(problem.id);
}

/** Limits, in milliseconds unless they say otherwise. */
const limits = {
  /** bytes */
  filling: localThreshold('disk-filling'),
  /** a part that has just been started need not answer yet */
  startMs: 60_000,
  /** a process that has just been started need not have written its progress yet */
  firstHeardMs: 300_000,
  /** progress is written every 10 s */
  silentMs: 45_000,
  /** after a sleep of the machine each part needs a while */
  wakeMs: 60_000,
  /** trouble that is over at the next try does not count */
  troubleMs: 5000,
  restartedMs: 120_000,
  staleMs: localThreshold('data-stale') * 1000,
  lateSeconds: localThreshold('lag-growing'),
  clockSeconds: 60,
  badMs: 900_000,
  renewedMs: 86_400_000,
};

/** Names what is wrong, the worst first. Pure: the same status and time give the same problems. */
export function nameProblems(found: Found, now: Date): Problem[] {
  const ofFolder = [...ofCopy(found), ...ofStrays(found), ...ofFiles(found)];
  if (found.parts.length === 0) return ofFolder;
  if (found.resident === undefined && found.parts.every((part) => part.state === 'down')) {
    return [...(ofStrays(found).length === 0 ? [lakeDown()] : []), ...ofFolder];
  }
  const named = [
    ...ofFolder,
    ...ofRoom(found),
    ...ofSupervisor(found),
    ...ofStrangers(found),
    ...found.parts.flatMap((part) => ofPart(part, now)),
    ...ofServers(found, now),
    ...ofSilence(found, now),
    ...found.unreadable.map(ofTable),
    ...found.jobs.flatMap((job) => ofJob(job, found.unreadable.length > 0, now)),
    ...found.producers.flatMap((producer) => ofProducer(producer, now)),
    ...ofClock(found),
    ...found.jobs.flatMap((job) => ofBadRecords(job, now)),
    ...found.jobs.flatMap(ofLostRecords),
    ...found.topics.flatMap((topic) => ofRenewal(topic, now)),
    ...nameMaintenanceProblems(found, now),
  ];
  return named.sort((left, right) => Number(isMinor(left)) - Number(isMinor(right)));
}

function lakeDown(): Problem {
  return {
    id: 'lake-down',
    what: 'nothing of the lake runs, for example after a restart of the machine',
    next: 'Start it again with "cryptodm up": it goes on where it stopped.',
  };
}

function ofCopy({ copiedFrom, data }: Found): Problem[] {
  if (copiedFrom === undefined) return [];
  return [
    {
      id: 'lake-copied',
      what: `${data} was copied or moved from the lake in ${copiedFrom}`,
      next: `Put it back to ${copiedFrom}; a copy that nobody needs can be deleted as it is.`,
    },
  ];
}

function ofStrays({ strays = [] }: Found): Problem[] {
  if (strays.length === 0) return [];
  const who = strays.map(({ id, pid }) => `${id} (pid ${String(pid)})`).join(', ');
  return [
    {
      id: 'process-unknown',
      what: `${count(strays.length, 'process')} of this lake run and no file names them: ${who}`,
      next: 'Run "cryptodm up": it ends them and starts the parts again; "cryptodm down" ends them, too.',
    },
  ];
}

function ofFiles({ damaged = [] }: Found): Problem[] {
  return damaged.map((file) => ({ id: 'file-damaged', what: describeDamagedFile(file), next: file.repair }));
}

function ofStrangers({ strangers = [] }: Found): Problem[] {
  return strangers.map(({ part, title, where, holder }) => ({
    id: 'part-foreign',
    part,
    what:
      holder === undefined
        ? `what answers at ${where} is not ${title} of this lake: nothing is written there`
        : `${where}, where ${title} belongs, is held by ${holder}, which is not of this lake: nothing is written there`,
    next: 'Stop it there, and everything goes on by itself; or run "cryptodm up --any-port", which takes other ports.',
  }));
}

function ofRoom({ conditions: { disk }, data }: Found): Problem[] {
  if (disk === undefined || disk.free >= limits.filling) return [];
  const free = megabytes(disk.free);
  if (disk.free < fullBelow) {
    return [
      {
        id: 'disk-full',
        what: `the disk of ${data} is full: ${free} are left`,
        next: 'Make room: everything waits and goes on by itself.',
      },
    ];
  }
  return [
    {
      id: 'disk-filling',
      what: `the disk of ${data} is filling: ${free} are left`,
      next: 'Make room, or run "cryptodm optimize-iceberg".',
    },
  ];
}

function ofSupervisor({ resident }: Found): Problem[] {
  if (resident !== undefined) return [];
  return [
    {
      id: 'resident-down',
      what: 'the supervisor is gone: a part that dies is not started again',
      next: 'Run "cryptodm up": it starts a new one, which takes the parts over.',
    },
  ];
}

function ofPart(part: PartStatus, now: Date): Problem[] {
  const exit = part.lastExit === undefined ? '' : ` (${part.lastExit})`;
  const subject = { part: part.id, since: part.since };
  switch (part.state) {
    case 'failed':
      return [
        {
          id: 'part-failed',
          ...subject,
          what: `${part.title} died again and again${exit} and is no longer started`,
          next: `See "cryptodm logs ${part.id}", then run "cryptodm up".`,
        },
      ];
    case 'restarting':
      return [
        {
          id: 'part-restarting',
          ...subject,
          what: `${part.title} died${exit} and is started again; ${count(part.restarts, 'restart')} so far`,
          next: `It goes on by itself; if it does not, see "cryptodm logs ${part.id}".`,
        },
      ];
    case 'down':
      return [
        { id: 'part-down', ...subject, what: `${part.title} does not run`, next: 'Start it again with "cryptodm up".' },
      ];
    case 'up':
      if (part.restarts === 0 || !isWithin(part.since, limits.restartedMs, now)) return [];
      return [
        {
          id: 'part-restarted',
          ...subject,
          what: `${part.title} died${exit} and was started again`,
          next: `Nothing, unless it goes on: "cryptodm logs ${part.id}" says why.`,
        },
      ];
    case 'ended':
      return [];
  }
}

/** A server that runs and does not answer, or answers no to writes. */
function ofServers({ conditions, parts }: Found, now: Date): Problem[] {
  const problems: Problem[] = [];
  const old = (id: string) =>
    parts.some((part) => part.id === id && part.state === 'up' && !isWithin(part.since, limits.startMs, now));
  if (conditions.brokerAnswers === false && old('kafka')) {
    problems.push({
      id: 'kafka-unreachable',
      part: 'kafka',
      what: 'Kafka runs but does not answer: producers keep what they have, jobs wait',
      next: 'See "cryptodm logs kafka"; everything goes on once it answers.',
    });
  }
  const { search } = conditions;
  if (search === undefined) return problems;
  if (!search.answers && old('elasticsearch')) {
    problems.push({
      id: 'search-unreachable',
      part: 'elasticsearch',
      what: 'Elasticsearch runs but does not answer: its job waits',
      next: 'See "cryptodm logs elasticsearch"; the job goes on once it answers.',
    });
  }
  if (search.refused === true) {
    problems.push({
      id: 'search-refuses',
      part: 'elasticsearch',
      what: 'Elasticsearch does not accept the credential of this lake, which was replaced after its start',
      next: 'Run "cryptodm up": it starts the parts again.',
    });
  }
  if (search.blocks.length > 0) {
    problems.push({
      id: 'search-read-only',
      part: 'elasticsearch',
      what: `Elasticsearch takes no writes: ${search.blocks.join(', ')}`,
      next: 'Take the block away (index.blocks.* in the settings of the index); the job goes on by itself.',
    });
  }
  if (search.red && old('elasticsearch')) {
    problems.push({
      id: 'search-unwritable',
      part: 'elasticsearch',
      what: 'a shard of the index is missing, for example after a full disk',
      next: 'The job has it tried again by itself; if that does not help, see "cryptodm logs elasticsearch".',
    });
  }
  return problems;
}

/** A process that is alive and silent. After a sleep of the machine all have been silent. */
function ofSilence(found: Found, now: Date): Problem[] {
  if (isWithin(found.resident?.wokeAt, limits.wakeMs, now)) return [];
  const silent = (part: string, heardAt: string | undefined) => {
    const running = found.parts.find((candidate) => candidate.id === part && candidate.state === 'up');
    if (running === undefined) return undefined;
    const started = Date.parse(running.since);
    const heard = Date.parse(heardAt ?? '');
    // What an earlier process wrote says nothing about this one.
    const [from, timeoutMs] = heard >= started ? [heard, limits.silentMs] : [started, limits.firstHeardMs];
    return now.getTime() - from > timeoutMs ? new Date(from).toISOString() : undefined;
  };
  const problem = (id: string, title: string, since: string | undefined): Problem[] =>
    since === undefined
      ? []
      : [
          {
            id: 'part-silent',
            part: id,
            what: `${title} is alive but has reported nothing since`,
            since,
            next: `The supervisor starts it again; see "cryptodm logs ${id}".`,
          },
        ];
  const newest = found.jobs.map((job) => job.heardAt ?? '').sort()[0];
  return [
    ...(found.jobs.length === 0 ? [] : problem('spark', 'the process of the stream jobs', silent('spark', newest))),
    ...found.producers.flatMap(({ id, at }) =>
      problem(`producer-${id}`, `the producer of ${id}`, silent(`producer-${id}`, at)),
    ),
  ];
}

function ofTable({ name, reason }: Found['unreadable'][number]): Problem {
  return {
    id: 'table-unreadable',
    what: `the table ${name} can’t be read: ${reason}`,
    next: `Run "cryptodm tables repair --table ${name}".`,
  };
}

function ofJob(job: JobStatus, isTableBroken: boolean, now: Date): Problem[] {
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

function ofProducer(producer: Found['producers'][number], now: Date): Problem[] {
  return producer.troubles.flatMap(({ about, since, message }): Problem[] => {
    if (isWithin(since, limits.troubleMs, now)) return [];
    const subject = { part: `producer-${producer.id}`, since };
    if (about === 'kafka') {
      const what = `the producer of ${producer.id} keeps what it has: ${message}`;
      return [{ id: 'producer-waiting', ...subject, what, next: 'It sends everything once Kafka takes it.' }];
    }
    if (about.startsWith('coin ')) {
      return [
        { id: 'coin-refused', ...subject, what: message, next: 'Take the coin out of "coins" if it stays refused.' },
      ];
    }
    const next = 'It asks again by itself and fetches what was missed; wrong keys or a wrong address need you.';
    return [{ id: 'source-failing', ...subject, what: message, next }];
  });
}

function ofClock(found: Found): Problem[] {
  const next = 'Set this machine’s clock, best by NTP: which minute it is depends on it.';
  return found.producers.flatMap(({ id, clockOffset }): Problem[] => {
    if (clockOffset === undefined || Math.abs(clockOffset) <= limits.clockSeconds) return [];
    const direction = clockOffset > 0 ? 'behind' : 'ahead of';
    const what = `this machine’s clock is ${duration(Math.abs(clockOffset))} ${direction} the source’s`;
    return [{ id: 'clock-off', part: `producer-${id}`, what, next }];
  });
}

function ofBadRecords(job: JobStatus, now: Date): Problem[] {
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

/** What the broker removed before a job had read it. */
function ofLostRecords(job: JobStatus): Problem[] {
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
function ofRenewal({ name, generation, renewal }: Found['topics'][number], now: Date): Problem[] {
  if (renewal === undefined || !isWithin(renewal.at, limits.renewedMs, now)) return [];
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

function isWithin(time: string | undefined, milliseconds: number, now: Date): boolean {
  return time !== undefined && now.getTime() - Date.parse(time) <= milliseconds;
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`;
}

function duration(seconds: number): string {
  return seconds < 120 ? `${String(Math.round(seconds))} s` : `${String(Math.round(seconds / 60))} min`;
}

function megabytes(bytes: number): string {
  return `${String(Math.floor(bytes / 1e6))} MB`;
}
