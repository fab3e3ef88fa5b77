import type { Ledger } from './driver.ts';
import type { Hindrance } from './ledger.ts';
import type { Struck } from './strikes.ts';

/** Milliseconds that a disk takes to write what waited while it was slow. */
const drainedWithinMs = 2_000;

/** The times before a power cut during which the broker did not run, or its disk was slow: what it had acknowledged waited for the disk. */
export function hindrancesOf(struck: readonly Struck[], ledger: Ledger, cutAt: number): Hindrance[] {
  const firstAfter = (at: number) =>
    Object.values(ledger)
      .flat()
      .reduce((first, entry: { at: number }) => (entry.at > at && entry.at < first ? entry.at : first), cutAt);
  return struck
    .filter(({ hit, at }) => hit && at < cutAt)
    .flatMap((one): Hindrance[] => {
      if (one.kind === 'slow-disk') return [{ from: one.at, until: one.at + one.forMs + drainedWithinMs }];
      if (!('target' in one) || one.target !== 'kafka') return [];
      if (one.kind === 'pause') return [{ from: one.at, until: one.at + one.forMs }];
      // It runs again when it acknowledges again.
      return [{ from: one.at, until: firstAfter(one.at + 500) }];
    });
}
