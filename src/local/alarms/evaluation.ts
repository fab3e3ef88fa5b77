import type { Alarm, AlarmId, Problem } from '../../lake/alarms.ts';

/** State of an alarm: `pending` until its problems have lasted long enough. */
export interface AlarmStatus {
  id: AlarmId;
  title: string;
  severity: Alarm['severity'];
  state: 'ok' | 'pending' | 'firing';
  /** UTC, when its problems were first seen; undefined of one that is `ok` */
  since: string | undefined;
  /** those of now; empty while a firing alarm waits until they have been gone long enough */
  problems: Problem[];
}

/** What is remembered of an alarm whose problems were seen; times in UTC. */
export interface AlarmMemory {
  /** when its problems were first seen */
  seenAt: string;
  firedAt?: string;
  /** since when it has no problem any more, while it fires */
  goneAt?: string;
  /** what it fired with; the notification of its end repeats them */
  problems: Problem[];
}

export type AlarmMemories = Partial<Record<AlarmId, AlarmMemory>>;

/** An alarm that has just begun or ended to fire. */
export interface Transition {
  alarm: AlarmId;
  to: 'firing' | 'resolved';
  memory: AlarmMemory;
}

export interface Evaluation {
  alarms: AlarmStatus[];
  memories: AlarmMemories;
  transitions: Transition[];
}

/** Seconds without a problem before an alarm is over, so that one that comes and goes is notified once. */
export const quietSeconds = 30;

/**
 * What the problems of now mean for the alarms. Pure: the same problems, memories and times give the same answer.
 * @param watchedSince UTC; earlier times do not count, because nothing watched then; absent: all count
 */
export function evaluateAlarms(
  declared: readonly Alarm[],
  problems: readonly Problem[],
  before: { memories: AlarmMemories; watchedSince?: string | undefined },
  now: Date,
): Evaluation {
  const evaluation: Evaluation = { alarms: [], memories: {}, transitions: [] };
  for (const alarm of declared) {
    if (alarm.local === undefined) continue;
    const raised = problems.filter(({ id }) => alarm.problems.includes(id));
    const known = before.memories[alarm.id];
    const seen = raised.length > 0 ? see(known, raised, before.watchedSince, now) : lose(known, now);
    const memory = fire(seen, alarm.local.holdSeconds, raised.length > 0, now);
    const { id, title, severity } = alarm;
    if (memory !== undefined) evaluation.memories[id] = memory;
    const fires = memory?.firedAt !== undefined;
    evaluation.alarms.push({
      ...{ id, title, severity, state: memory === undefined ? 'ok' : fires ? 'firing' : 'pending' },
      ...{ since: memory?.seenAt, problems: raised },
    });
    const fired = known?.firedAt !== undefined;
    if (fires && !fired) evaluation.transitions.push({ alarm: id, to: 'firing', memory });
    if (fired && !fires) evaluation.transitions.push({ alarm: id, to: 'resolved', memory: known });
  }
  return evaluation;
}

function see(
  known: AlarmMemory | undefined,
  problems: Problem[],
  watchedSince: string | undefined,
  now: Date,
): AlarmMemory {
  const earliest = problems.reduce((least, { since }) => Math.min(least, time(since) ?? now.getTime()), now.getTime());
  const first = time(known?.seenAt) ?? Math.max(earliest, time(watchedSince) ?? earliest);
  return {
    // Never after now: a clock that was set back must not keep an alarm quiet.
    seenAt: new Date(Math.min(first, now.getTime())).toISOString(),
    ...(known?.firedAt === undefined ? {} : { firedAt: known.firedAt }),
    problems,
  };
}

function lose(known: AlarmMemory | undefined, now: Date): AlarmMemory | undefined {
  if (known?.firedAt === undefined) return undefined;
  const goneAt = Math.min(time(known.goneAt) ?? now.getTime(), now.getTime());
  if (now.getTime() - goneAt >= quietSeconds * 1000) return undefined;
  return { ...known, goneAt: new Date(goneAt).toISOString() };
}

function fire(
  memory: AlarmMemory | undefined,
  holdSeconds: number,
  isRaised: boolean,
  now: Date,
): AlarmMemory | undefined {
  if (memory === undefined || memory.firedAt !== undefined || !isRaised) return memory;
  const held = now.getTime() - Date.parse(memory.seenAt) >= holdSeconds * 1000;
  return held ? { ...memory, firedAt: now.toISOString() } : memory;
}

function time(at: string | undefined): number | undefined {
  const parsed = Date.parse(at ?? '');
  return Number.isNaN(parsed) ? undefined : parsed;
}
