import type { Problem } from '../../lake/alarms.ts';
import type { Found, PartStatus } from './model.ts';
import { count, isWithin } from '../../tools/phrases.ts';

/** Limits in milliseconds. */
const limits = {
  /** a process that has just been started need not have written its progress yet */
  firstHeardMs: 300_000,
  /** progress is written every 10 s */
  silentMs: 30_000,
  /** a part that has just been started need not answer yet */
  startMs: 60_000,
  /** after a sleep of the machine each part needs a while */
  wakeMs: 60_000,
  restartedMs: 120_000,
};

export function lakeDown(): Problem {
  return {
    id: 'lake-down',
    what: 'nothing of the lake runs, for example after a restart of the machine',
    next: 'Start it again with "cryptodm up": it goes on where it stopped.',
  };
}

export function ofSupervisor({ resident, muteSupervisor }: Found): Problem[] {
  if (resident !== undefined) return [];
  if (muteSupervisor !== undefined) {
    return [
      {
        id: 'resident-down',
        what: `the supervisor (pid ${String(muteSupervisor)}) runs but does not answer: a part that dies is not started again`,
        next: 'Run "cryptodm up": it ends it and starts a new one, which takes the parts over.',
      },
    ];
  }
  return [
    {
      id: 'resident-down',
      what: 'the supervisor is gone: a part that dies is not started again',
      next: 'Run "cryptodm up": it starts a new one, which takes the parts over.',
    },
  ];
}

export function ofStrangers({ strangers = [] }: Found): Problem[] {
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

export function ofPart(part: PartStatus, now: Date): Problem[] {
  const exit = part.lastExit === undefined ? '' : ` (${part.lastExit})`;
  const subject = { part: part.id, since: part.since };
  switch (part.state) {
    case 'failed':
      return [
        {
          id: 'part-failed',
          ...subject,
          what:
            part.refusal === undefined
              ? `${part.title} died again and again${exit} and is no longer started`
              : `${part.title} is not started: ${part.refusal}`,
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

/** After a sleep of the machine all have been silent for as long. */
export function hasJustWoken({ resident }: Pick<Found, 'resident'>, now: Date): boolean {
  return isWithin(resident?.wokeAt, limits.wakeMs, now);
}

/** Parts that are stopped or do not answer. The servers are named by what waits for them. */
export function ofMute({ mute = [], parts, resident }: Found, now: Date): Problem[] {
  return mute.flatMap(({ part, pid, why }): Problem[] => {
    const its = parts.find(({ id }) => id === part);
    if (its === undefined || isServer(part)) return [];
    if (why === 'stopped') {
      return [
        {
          id: 'part-silent',
          part,
          what: `${its.title} is stopped, by a signal or a debugger: it does nothing`,
          next: `Let it go on with "kill -CONT ${String(pid)}", or end it: the supervisor starts it again.`,
        },
      ];
    }
    if (isWithin(its.since, limits.startMs, now) || hasJustWoken({ resident }, now)) return [];
    return [
      {
        id: 'part-silent',
        part,
        what: `${its.title} runs but does not answer`,
        next: `See "cryptodm logs ${part}"; end its process (pid ${String(pid)}), and the supervisor starts it again.`,
      },
    ];
  });
}

function isServer(part: string): boolean {
  return part === 'kafka' || part === 'elasticsearch';
}

/** A process that is alive and silent. After a sleep of the machine all have been silent. */
export function ofSilence(found: Found, now: Date): Problem[] {
  if (hasJustWoken(found, now)) return [];
  const silent = (part: string, heardAt: string | undefined) => {
    const running = found.parts.find((candidate) => candidate.id === part && candidate.state === 'up');
    if (running === undefined || found.mute?.some((mute) => mute.part === part) === true) return undefined;
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
