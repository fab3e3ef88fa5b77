import { seeded } from './random.ts';

/** Possible targets: the parts of a lake, the supervisor, and a running optimiser. */
export const targets = [
  'producer-quotes',
  'producer-trades',
  'kafka',
  'elasticsearch',
  'spark',
  'optimizer',
  'resident',
] as const;

export type Target = (typeof targets)[number];

export const kinds = ['kill', 'pause'] as const;

/** `kill` is a kill -9; `pause` a SIGSTOP, and a SIGCONT later. */
export type StrikeKind = (typeof kinds)[number];

export interface Strike {
  /** milliseconds since the start */
  atMs: number;
  kind: StrikeKind;
  target: Target;
  /** duration of a pause */
  forMs?: number;
}

/** What happens to a lake while events flow into it. */
export interface Schedule {
  durationMs: number;
  strikes: Strike[];
  /** when an optimiser starts */
  optimize: number[];
  /** when a user calls `up` */
  ups: number[];
  /** how it ends: the lake comes back by itself, or by one more `up` */
  recovery: 'itself' | 'up';
}

export interface ScheduleOptions {
  durationMs: number;
  /** allowed kinds; absent: all */
  only?: readonly StrikeKind[];
}

/** milliseconds between two strikes on average: a part needs some time to come back, and the next should often meet it coming back */
const everyMs = 4_500;

/** The schedule of a seed: each target is struck at least once where time allows; the rest is drawn. */
export function drawSchedule(seed: number, { durationMs, only = kinds }: ScheduleOptions): Schedule {
  // Another stream of numbers than that of the events.
  const random = seeded(seed ^ 0x5eed);
  const slots = Math.max(1, Math.floor(durationMs / everyMs) - 1);
  const drawn = [...random.shuffle(targets), ...Array.from({ length: slots }, () => random.pick(targets))];
  const strikes: Strike[] = [];
  const optimize: number[] = [];
  const ups: number[] = [];
  const killed = new Map<Target, number>();
  drawn.slice(0, slots).forEach((target, slot) => {
    const atMs = Math.round((slot + 0.5 + random.next()) * everyMs);
    const wanted = random.next() < 0.7 ? 'kill' : 'pause';
    const deaths = killed.get(target) ?? 0;
    // The supervisor gives up a part that dies eight times in a row; another test covers that.
    const kind = only.length === 1 ? (only[0] ?? wanted) : deaths >= 3 ? 'pause' : wanted;
    if (kind === 'kill') killed.set(target, deaths + 1);
    const forMs = Math.round(random.between(1_000, 8_000));
    if (target === 'optimizer') {
      // Any time between its start and its end; a JVM takes some seconds to start.
      optimize.push(Math.max(0, atMs - Math.round(random.between(3_000, 14_000))));
    }
    // Only a user's "up" brings back the supervisor.
    if (target === 'resident') ups.push(atMs + Math.round(random.between(500, 9_000)));
    strikes.push({ atMs, kind, target, ...(kind === 'pause' ? { forMs } : {}) });
  });
  if (random.next() < 0.5) optimize.push(Math.round(random.between(0, durationMs * 0.7)));
  if (random.next() < 0.3) ups.push(Math.round(random.between(0, durationMs)));
  const ascending = (list: number[]) => list.sort((one, other) => one - other);
  return {
    durationMs,
    strikes: strikes.sort((one, other) => one.atMs - other.atMs),
    optimize: ascending(optimize),
    ups: ascending(ups),
    recovery: random.next() < 0.5 ? 'itself' : 'up',
  };
}
