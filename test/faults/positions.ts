/** How far a reader has read a topic: end offsets by partition, and the generation that they belong to; see decision 31. */
export interface Position {
  generation: number;
  offsets: Record<number, number>;
}

/** A generation of a topic, and where it begins; 0 in a partition that is not named. */
export interface Beginning {
  generation: number;
  from: Record<number, number>;
}

/** The same position in a later generation: what lies behind its beginning is read again, as other records. */
export function translate(position: Position, generation: number, begins: readonly Beginning[]): Position {
  let { offsets } = position;
  for (const { generation: number, from } of begins) {
    if (number <= position.generation || number > generation) continue;
    offsets = Object.fromEntries(
      Object.entries(offsets).map(([partition, end]) => [partition, Math.min(end, from[Number(partition)] ?? 0)]),
    );
  }
  return { generation, offsets };
}

/** Whether a position is one that a reader has already left behind. */
export function isBefore(one: Position, other: Position): boolean {
  if (one.generation !== other.generation) return one.generation < other.generation;
  return Object.entries(other.offsets).some(([partition, end]) => (one.offsets[Number(partition)] ?? 0) < end);
}

/** The generation of a record: the last one that begins at or before it. */
export function generationAt(begins: readonly Beginning[], partition: number, offset: number): number {
  return begins.findLast(({ from }) => (from[partition] ?? 0) <= offset)?.generation ?? 1;
}
