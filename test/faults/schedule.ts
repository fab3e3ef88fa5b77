import { seeded, type Random } from './random.ts';

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

/** Kinds that hit a process. */
const aimed = ['kill', 'stop', 'pause', 'oom'] as const;
/** Kinds that hit what the processes stand on. */
const wide = ['partition', 'delay', 'clock', 'slow-disk', 'cut'] as const;

export const kinds = [...aimed, ...wide] as const;

/** `kill` is a kill -9; `stop` a SIGTERM, so the target ends in order; `pause` a SIGSTOP, and a SIGCONT later; `oom` a kill by the kernel, which refuses memory. */
export type StrikeKind = (typeof kinds)[number];

/** A server, and the client that is parted from it; without a client, all of them. */
export interface Link {
  client?: 'producer-quotes' | 'producer-trades' | 'spark';
  server: 'kafka' | 'elasticsearch';
}

const links: readonly Link[] = [
  { server: 'kafka' },
  { server: 'elasticsearch' },
  { client: 'producer-quotes', server: 'kafka' },
  { client: 'producer-trades', server: 'kafka' },
  { client: 'spark', server: 'kafka' },
  { client: 'spark', server: 'elasticsearch' },
];

/** What a partition loses. */
export type Side = 'both' | 'requests' | 'answers';

/** Whose clock is wrong: that of the machine, or as one process sees it. */
export type Clock =
  'machine' | 'producer-quotes' | 'producer-trades' | 'kafka' | 'elasticsearch' | 'spark' | 'supervisor';

const partClocks: readonly Clock[] = [
  'producer-quotes',
  'producer-trades',
  'kafka',
  'elasticsearch',
  'spark',
  'supervisor',
];

export type Act =
  | { kind: 'kill' | 'stop' | 'oom'; target: Target }
  | { kind: 'pause'; target: Target; forMs: number }
  | { kind: 'partition'; link: Link; side: Side; forMs: number }
  | { kind: 'delay'; link: Link; bytesPerSecond: number; forMs: number }
  /** ahead where `byMs` is positive */
  | { kind: 'clock'; clock: Clock; byMs: number; forMs: number }
  | { kind: 'slow-disk'; bytesPerSecond: number; writesPerSecond: number; forMs: number }
  /** the power goes; `up` runs for so long, or to its end, before the schedule goes on */
  | { kind: 'cut'; upMs: number };

/** An act that hits a process. */
export type AimedAct = Extract<Act, { target: Target }>;

/** An act, and milliseconds since the start. */
export type Strike = Act & { atMs: number };

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

/** Deaths of a part that a schedule plans: the supervisor gives up one that dies eight times in a row, which another test covers. */
const mostDeaths = 3;

/** Power cuts of a schedule that has other kinds, too, and of one that has none. */
const mostCuts = { among: 1, alone: 3 };

/** The schedule of a seed: each kind strikes and each target is struck at least once where time allows; the rest is drawn. */
export function drawSchedule(seed: number, { durationMs, only = kinds }: ScheduleOptions): Schedule {
  // Another stream of numbers than that of the events.
  const random = seeded(seed ^ 0x5eed);
  const slots = Math.max(1, Math.floor(durationMs / everyMs) - 1);
  const strikes: Strike[] = [];
  const optimize: number[] = [];
  const ups: number[] = [];
  const aims = new Aims(random, only);
  drawKinds(random, slots, only).forEach((kind, slot) => {
    const atMs = Math.round((slot + 0.5 + random.next()) * everyMs);
    const act = isAimed(kind) ? aims.draw(kind) : drawWide(random, kind);
    strikes.push({ ...act, atMs });
    if (!('target' in act)) return;
    // Any time between its start and its end; a JVM takes some seconds to start.
    if (act.target === 'optimizer') optimize.push(Math.max(0, atMs - Math.round(random.between(3_000, 14_000))));
    // Only a user's "up" brings back the supervisor.
    if (act.target === 'resident') ups.push(atMs + Math.round(random.between(500, 9_000)));
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

type Aimed = (typeof aimed)[number];
type Wide = (typeof wide)[number];

function isAimed(kind: StrikeKind): kind is Aimed {
  return aimed.some((known) => known === kind);
}

/** First one of each kind, then as many at processes as there are targets, then any; in random order. */
function drawKinds(random: Random, slots: number, only: readonly StrikeKind[]): StrikeKind[] {
  const allowed = kinds.filter((kind) => only.includes(kind));
  const processes = allowed.filter(isAimed);
  const more = allowed.filter((kind) => kind !== 'cut');
  const most = more.length === 0 ? mostCuts.alone : mostCuts.among;
  const drawn: StrikeKind[] = random.shuffle(allowed);
  while (drawn.length < slots) {
    const short = drawn.filter(isAimed).length < targets.length;
    if (more.length === 0) drawn.push('cut');
    else if (processes.length > 0 && (short || random.next() < 0.6)) drawn.push(drawProcessKind(random, processes));
    else drawn.push(random.pick(more));
  }
  let cuts = 0;
  return random.shuffle(drawn.slice(0, slots)).filter((kind) => kind !== 'cut' || (cuts += 1) <= most);
}

/** Kills are the most frequent. */
function drawProcessKind(random: Random, allowed: readonly Aimed[]): Aimed {
  const wanted = random.next() < 0.6 ? 'kill' : random.pick(aimed);
  return allowed.includes(wanted) ? wanted : random.pick(allowed);
}

/** Gives each strike at a process its target. */
class Aims {
  private readonly next: Target[];
  private readonly deaths = new Map<Target, number>();

  constructor(
    private readonly random: Random,
    private readonly only: readonly StrikeKind[],
  ) {
    this.next = random.shuffle(targets);
  }

  draw(wanted: Aimed): Act {
    const target = this.next.pop() ?? this.random.pick(targets);
    const died = this.deaths.get(target) ?? 0;
    const forMs = Math.round(this.random.between(1_000, 8_000));
    const spared = died >= mostDeaths && this.only.includes('pause');
    if (wanted === 'pause' || spared) return { kind: 'pause', target, forMs };
    this.deaths.set(target, died + 1);
    return { kind: wanted, target };
  }
}

function drawWide(random: Random, kind: Wide): Act {
  const whole = (low: number, high: number) => Math.round(random.between(low, high));
  switch (kind) {
    case 'partition':
      return {
        kind,
        link: random.pick(links),
        side: random.pick(['both', 'both', 'requests', 'answers'] as const),
        forMs: whole(1_500, 12_000),
      };
    case 'delay':
      return { kind, link: random.pick(links), bytesPerSecond: whole(20_000, 200_000), forMs: whole(3_000, 12_000) };
    case 'clock': {
      const hour = 3_600_000;
      // A broker refuses what is more than an hour ahead of it: both sides of that.
      const byMs = whole(hour - 300_000, hour + 300_000) * random.pick([1, -1] as const);
      return {
        kind,
        clock: random.next() < 0.5 ? 'machine' : random.pick(partClocks),
        byMs,
        forMs: whole(4_000, 15_000),
      };
    }
    case 'slow-disk':
      return {
        kind,
        bytesPerSecond: whole(200_000, 3_000_000),
        writesPerSecond: whole(20, 150),
        forMs: whole(3_000, 12_000),
      };
    case 'cut':
      return { kind, upMs: whole(3_000, 40_000) };
  }
}

/** What an act strikes, in a word: `kafka`, `spark-kafka`, `machine`. */
export function subjectOf(act: Act): string {
  switch (act.kind) {
    case 'kill':
    case 'stop':
    case 'oom':
    case 'pause':
      return act.target;
    case 'partition':
    case 'delay':
      return act.link.client === undefined ? act.link.server : `${act.link.client}-${act.link.server}`;
    case 'clock':
      return act.clock;
    case 'slow-disk':
      return 'disk';
    case 'cut':
      return 'power';
  }
}

/** An act for a log. */
export function describeAct(act: Act): string {
  const seconds = 'forMs' in act ? `, for ${(act.forMs / 1000).toFixed(1)} s` : '';
  switch (act.kind) {
    case 'partition':
      return `partition ${subjectOf(act)} (${act.side})${seconds}`;
    case 'delay':
      return `delay ${subjectOf(act)} (${String(Math.round(act.bytesPerSecond / 1000))} kB/s)${seconds}`;
    case 'clock':
      return `clock ${act.clock} ${act.byMs > 0 ? '+' : ''}${String(Math.round(act.byMs / 60_000))} min${seconds}`;
    case 'slow-disk':
      return `slow-disk (${String(Math.round(act.bytesPerSecond / 1000))} kB/s, ${String(act.writesPerSecond)} writes/s)${seconds}`;
    case 'kill':
    case 'stop':
    case 'oom':
    case 'pause':
    case 'cut':
      return `${act.kind} ${subjectOf(act)}${seconds}`;
  }
}
