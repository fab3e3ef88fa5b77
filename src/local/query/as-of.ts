import { Fault } from '../../errors.ts';
import type { Snapshot, TableMetadata } from '../tables/catalog.ts';

const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** As `parseTime`, for the state of the tables. */
export function parseAsOf(text: string, now: number = Date.now()): number {
  return parseTime(text, '--as-of', now);
}

/**
 * A point in time from what a person writes: `2025-07-08`, `2025-07-08T05:43`, `2025-07-08 05:43:00Z`, with or without an offset (UTC without one),
 * or a time ago such as `90s`, `10m`, `2h`, `1d`. Milliseconds since the epoch.
 * Throws a Fault `usage` that names `where`, the flag.
 */
export function parseTime(text: string, where: string, now: number = Date.now()): number {
  const trimmed = text.trim();
  const ago = /^(\d+(?:\.\d+)?)\s*([smhd])(?:\s+ago)?$/.exec(trimmed);
  if (ago) return Math.round(now - Number(ago[1]) * (unitMs[ago[2] ?? ''] ?? Number.NaN));
  const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i.exec(
    trimmed,
  );
  if (iso) {
    const [, date = '', time = '00:00', zone = 'Z'] = iso;
    const offset = /^[+-]\d{2}$/.test(zone)
      ? `${zone}:00`
      : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase();
    const at = Date.parse(`${date}T${time.replace(/(\.\d{3})\d+$/, '$1')}${offset}`);
    // Date.parse takes 2025-02-30 for a day of March.
    const wanted = Date.parse(`${date}T00:00:00Z`);
    if (!Number.isNaN(at) && !Number.isNaN(wanted) && new Date(wanted).toISOString().startsWith(date)) return at;
  }
  throw new Fault('usage', `not a time: ${text}`, {
    where,
    next: 'a time such as 2025-07-08T05:43:00Z (UTC without an offset), or a time ago such as 10m or 2h',
  });
}

/** What a table held at a time: a snapshot, or nothing because it had no rows yet. */
export type StateAsOf = { snapshotId: string } | 'empty';

/**
 * The state of a table at a time (milliseconds since the epoch), by its snapshot log.
 * Throws a Fault `query` when upkeep has expired the snapshot that was current then; it names the oldest time that is left.
 */
export function stateAsOf(table: string, metadata: TableMetadata, at: number): StateAsOf {
  const kept = new Map(metadata.snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const log = metadata.log.filter((entry) => kept.has(entry.snapshotId)).sort((one, other) => one.at - other.at);
  const past = log.filter((entry) => entry.at <= at).at(-1);
  // What was current before an expired entry of the log can't be told from the snapshots that are left.
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
    `${table} can't be read as of ${new Date(at).toISOString()}: that state has been expired by the upkeep`,
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
