import { seeded } from '../../faults/random.ts';
import type { Venue } from './product.ts';
import type { Drawn, FaultKind } from './schedule.ts';

/** How much is done wrong in a stretch of time. */
export interface DayOptions {
  seed?: number;
  /** how long it lasts, by our own clock */
  overMs: number;
  /** trades in it, over all pairs and venues */
  trades: number;
  disconnects: number;
  mutes: number;
  /** of all trades, how many are sent twice or in another order: 0 to 1 */
  untidy: number;
}

const disconnecting: readonly FaultKind[] = ['drop', 'hang-up', 'expire'];

/** What is done wrong, in the order of its times: it follows from the seed. */
export function drawDay(
  { seed = 1, overMs, trades, disconnects, mutes, untidy }: DayOptions,
  venues: readonly Venue[],
  pairs: readonly string[],
): Drawn[] {
  const random = seeded(seed ^ 0xda1);
  const drawn: (Drawn & { atMs: number })[] = [];
  const draw = (kind: FaultKind) => {
    const times = { atMs: random.between(0, overMs), afterMs: 0, ms: Math.round(random.between(2_000, 10_000)) };
    const its = { ...times, kind, venue: random.pick(venues), pair: random.pick(pairs), count: 1 + random.below(12) };
    drawn.push(its);
    return its;
  };
  for (let at = 0; at < disconnects; at++) draw(random.pick(disconnecting));
  for (let at = 0; at < mutes; at++) draw('mute');
  let left = untidy * trades;
  while (left > 0) {
    const { kind, count } = draw(random.pick(['double', 'reorder'] as const));
    left -= kind === 'reorder' ? count + 1 : count;
  }
  drawn.sort((one, other) => one.atMs - other.atMs);
  return drawn.map(({ atMs, ...its }, at) => ({ ...its, afterMs: atMs - (drawn[at - 1]?.atMs ?? 0) }));
}
