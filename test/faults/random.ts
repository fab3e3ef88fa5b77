/** Pseudorandom numbers from a seed, so that a run can be repeated. */
export interface Random {
  /** from 0, below 1 */
  next(): number;
  /** a whole number from 0, below `end` */
  below(end: number): number;
  /** from `low`, below `high` */
  between(low: number, high: number): number;
  pick<T>(list: readonly T[]): T;
  /** the list in random order */
  shuffle<T>(list: readonly T[]): T[];
}

/** The generator mulberry32 (public domain, Tommy Ettinger). */
export function seeded(seed: number): Random {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  return {
    next,
    below,
    between: (low, high) => low + next() * (high - low),
    pick: <T>(list: readonly T[]) => {
      const picked = list[below(list.length)];
      if (picked === undefined) throw new Error('there is nothing to pick from');
      return picked;
    },
    shuffle: <T>(list: readonly T[]) => {
      const shuffled = [...list];
      for (let end = shuffled.length - 1; end > 0; end--) {
        const at = below(end + 1);
        [shuffled[end], shuffled[at]] = [shuffled[at] as T, shuffled[end] as T];
      }
      return shuffled;
    },
  };
}
