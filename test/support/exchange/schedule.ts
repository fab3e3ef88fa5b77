import { seeded } from '../../faults/random.ts';
import type { Faults } from './faults.ts';
import type { Venue } from './product.ts';

/** Something that will be done wrong. */
export interface Drawn {
  /** after the one before, by our own clock */
  afterMs: number;
  kind: FaultKind;
  venue: Venue;
  pair: string;
  /** how long it lasts, by our own clock, where it lasts */
  ms: number;
  /** how many trades or requests it concerns, where it concerns some */
  count: number;
}

const acts = {
  drop: (faults, { venue }) => faults.drop(venue),
  'hang-up': (faults, { venue }) => faults.hangUp(venue),
  expire: (faults, { venue }) => faults.expire(venue),
  'refuse-connections': (faults, { venue, ms }) => {
    faults.refuseConnections(venue, ms);
    faults.drop(venue);
  },
  'shut-door': (faults, { venue, ms }) => {
    faults.shutDoor(ms);
    faults.drop(venue);
  },
  mute: (faults, { venue, ms }) => faults.mute(venue, ms * 3),
  'mute-product': (faults, { venue, pair, ms }) => faults.muteProduct(venue, pair, ms),
  idle: (faults, { venue, pair, ms }) => faults.idle(venue, pair, ms * 3),
  'zero-heartbeats': (faults, { venue, pair, ms }) => faults.zeroHeartbeats(venue, pair, ms),
  omit: (faults, { venue, pair, count }) => faults.omit(venue, pair, count),
  hide: (faults, { venue, pair, count, ms }) => faults.hide(venue, pair, count, ms),
  lose: (faults, { venue, pair, count }) => faults.lose(venue, pair, count),
  double: (faults, { venue, pair, count }) => faults.double(venue, pair, count),
  reorder: (faults, { venue, pair, count }) => faults.reorder(venue, pair, count + 1),
  malform: (faults, { venue, pair }) => faults.malform(venue, pair),
  misprice: (faults, { venue, pair }) => faults.misprice(venue, pair),
  replace: (faults, { venue, pair }) => faults.replace(venue, pair),
  burst: (faults, { venue, pair, count }) => faults.burst(venue, pair, count + 1),
  late: (faults, { venue, pair, ms }) => faults.late(venue, pair, ms * 3),
  'bend-candle': (faults, { venue, pair }) => faults.bendCandle(venue, pair),
  'correct-volume': (faults, { venue, pair, ms }) => faults.correctVolume(venue, pair, ms * 3),
  throttle: (faults, { venue, count }) => faults.failRequests(venue, { count, status: 429 }),
  outage: (faults, { venue, count }) => faults.failRequests(venue, { count, status: 503, retryAfter: 2 }),
  'error-answer': (faults, { venue, count }) =>
    faults.failRequests(venue, {
      count,
      status: 200,
      body: '{"error":["EService:Unavailable"],"message":"try later"}',
    }),
  'refuse-product': (faults, { venue, pair, ms }) => {
    faults.refuseProduct(venue, pair, ms);
    faults.drop(venue);
  },
  rename: (faults, { venue, pair }) => faults.rename(venue, pair, pair.replace('/', '2/')),
} satisfies Record<string, (faults: Faults, drawn: Drawn) => unknown>;

export type FaultKind = keyof typeof acts;
export const faultKinds = Object.keys(acts) as FaultKind[];

export const levels = ['none', 'few', 'many'] as const;
export type Level = (typeof levels)[number];
/** The time from one to the next, on average. */
const spacing: Record<Level, number> = { none: Infinity, few: 45_000, many: 6_000 };

export interface ScheduleOptions {
  level?: Level;
  seed?: number;
  /** instead of that of the level */
  everyMs?: number;
  /** all by default, but "rename" only at the level "many"; a coin is renamed once at most */
  kinds?: readonly FaultKind[];
}

function usualKinds(level: Level): readonly FaultKind[] {
  return level === 'many' ? faultKinds : faultKinds.filter((kind) => kind !== 'rename');
}

/** What is done wrong, one after the other, without end: it follows from the seed. */
export function* drawFaults(
  { level = 'few', seed = 1, everyMs = spacing[level], kinds = usualKinds(level) }: ScheduleOptions,
  venues: readonly Venue[],
  pairs: readonly string[],
): Generator<Drawn, void> {
  const random = seeded(seed ^ 0xfa017);
  let left = [...kinds];
  let deck: FaultKind[] = [];
  while (everyMs < Infinity && left.length > 0) {
    // Each kind comes once before any comes again.
    if (deck.length === 0) deck = random.shuffle(left);
    const kind = deck.pop() as FaultKind;
    if (kind === 'rename') left = left.filter((each) => each !== 'rename');
    yield {
      ...{ afterMs: Math.round(-Math.log(1 - random.next()) * everyMs), kind },
      ...{ venue: random.pick(venues), pair: random.pick(pairs) },
      ...{ ms: Math.round(random.between(2_000, 15_000)), count: 1 + random.below(12) },
    };
  }
}

/** Does at its times what was drawn. */
export class Schedule {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly faults: Faults,
    private readonly drawn: Iterator<Drawn, void>,
  ) {}

  start(): void {
    const { value } = this.drawn.next();
    if (!value) return;
    this.timer = setTimeout(() => {
      act(this.faults, value);
      this.start();
    }, value.afterMs);
  }

  close(): void {
    clearTimeout(this.timer);
  }
}

/** Does what was drawn, now. */
export function act(faults: Faults, drawn: Drawn): void {
  acts[drawn.kind](faults, drawn);
}
