import { Fault } from '../../errors.ts';
import type { Snapshot, TableMetadata } from '../../tools/iceberg/metadata.ts';

/** What a table held at a time: a snapshot, or nothing because it had no rows yet. */
export type StateAsOf = { snapshotId: string } | 'empty';

/**
 * The state of a table at a time (milliseconds since the epoch), by its snapshot log.
 * Throws a Fault `query` when maintenance has expired the snapshot that was current then; it names the oldest time that is left.
 */
export function stateAsOf(table: string, metadata: TableMetadata, at: number): StateAsOf {
  const kept = new Map(metadata.snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const log = metadata.log.filter((entry) => kept.has(entry.snapshotId)).sort((one, other) => one.at - other.at);
  const past = log.filter((entry) => entry.at <= at).at(-1);
  // What was current before an expired entry of the log is not known from the snapshots that are left.
  const gap = metadata.log.some(
    (entry) => !kept.has(entry.snapshotId) && entry.at <= at && entry.at > (past?.at ?? -Infinity),
  );
  if (past !== undefined && !gap) return { snapshotId: past.snapshotId };
  const first = log[0];
  if (first === undefined || (!gap && isFirstEver(kept.get(first.snapshotId)))) return 'empty';
  const oldest = log.find((entry) => entry.at > at) ?? first;
  const oldestTime = new Date(oldest.at).toISOString();
  throw new Fault(
    'query',
    `${table} can't be read as of ${new Date(at).toISOString()}: maintenance has expired that state`,
    {
      where: '--as-of',
      next: `the oldest state of this table that is left is from ${oldestTime}`,
      facts: { table, oldest: oldestTime },
    },
  );
}

function isFirstEver(snapshot: Snapshot | undefined): boolean {
  return snapshot !== undefined && snapshot.parentId === undefined;
}
