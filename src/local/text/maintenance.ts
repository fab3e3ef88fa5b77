import type { Optimized } from '../../lake/maintenance.ts';
import { table } from '../../tools/text-table.ts';

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);

/** Each table before and after, as a person reads it. */
export function renderOptimized(done: Optimized[]): string {
  const change = (before: number, after: number) => `${String(before)} -> ${String(after)}`;
  return table(
    [
      'table',
      'files',
      'MB',
      'snapshots',
      'manifests',
      'MB freed',
      'orphans',
      'rows removed',
      'rows compared',
      'seconds',
    ],
    done.map(({ table: name, before, after, orphans, freedBytes, removedRows, comparedRows, seconds }) => [
      name,
      change(before.files, after.files),
      `${megabytes(before.bytes)} -> ${megabytes(after.bytes)}`,
      change(before.snapshots, after.snapshots),
      change(before.manifests, after.manifests),
      megabytes(freedBytes),
      String(orphans),
      String(removedRows),
      String(comparedRows),
      seconds.toFixed(1),
    ]),
  ).join('\n');
}

/** What would be done to each table. */
export function renderForeseen(foreseen: Optimized[]): string {
  const lines = table(
    [
      'table',
      'files',
      'to rewrite',
      'MB to rewrite',
      'snapshots',
      'to expire',
      'orphans',
      'MB to free',
      'rows to remove',
    ],
    foreseen.map(({ table: name, before, rewritten, rewrittenBytes, expired, orphans, freedBytes, removedRows }) => [
      name,
      String(before.files),
      String(rewritten),
      megabytes(rewrittenBytes),
      String(before.snapshots),
      String(expired),
      String(orphans),
      megabytes(freedBytes),
      String(removedRows),
    ]),
  );
  return [...lines, 'Nothing was changed.'].join('\n');
}
