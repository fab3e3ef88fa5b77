/** When somebody first saw how much of things that only grow. */
export class Sightings {
  private readonly seen = new Map<string, { height: number; at: number }[]>();

  /** @param at in milliseconds since 1970 */
  note(what: string, height: number, at: number): void {
    const known = this.seen.get(what) ?? [];
    if (height <= (known.at(-1)?.height ?? -Infinity)) return;
    known.push({ height, at });
    this.seen.set(what, known);
  }

  /** When at least so much was seen first; undefined while it was not. */
  at(what: string, height: number): number | undefined {
    const known = this.seen.get(what) ?? [];
    let [low, high] = [0, known.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((known[middle]?.height ?? 0) >= height) high = middle;
      else low = middle + 1;
    }
    return known[low]?.at;
  }

  has(what: string): boolean {
    return this.seen.has(what);
  }
}
