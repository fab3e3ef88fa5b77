import type { Optimized } from '../actions/optimize.ts';
import { table } from './status-text.ts';

/** Each table before and after, as a person reads it. */
export function renderOptimized(done: Optimized[]): string {
  const change = (before: number, after: number) => `${String(before)} -> ${String(after)}`;
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);
  return table(
    ['table', 'files', 'MB', 'snapshots', 'manifests', 'orphans', 'seconds'],
    done.map(({ table: name, before, after, orphans, seconds }) => [
      name,
      change(before.files, after.files),
      `${megabytes(before.bytes)} -> ${megabytes(after.bytes)}`,
      change(before.snapshots, after.snapshots),
      change(before.manifests, after.manifests),
      String(orphans),
      seconds.toFixed(1),
    ]),
  ).join('\n');
}
