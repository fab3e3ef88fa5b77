import { join } from 'node:path';
import { isComplete } from '../../toolchain/cache.ts';

/** DuckDB's version, that of the pinned package without its own suffix: extensions of another version do not load. */
export const duckdbVersion = '1.5.5';

/** Where the extensions belong: `avro.duckdb_extension` and `iceberg.duckdb_extension` lie directly in it. */
export function extensionsFolder(cache: string): string {
  return join(cache, 'duckdb', duckdbVersion);
}

/** Their folder when they are there whole, at the cost of a stat for each file. */
export function readyExtensions(cache: string): string | undefined {
  const folder = extensionsFolder(cache);
  return isComplete(folder) ? folder : undefined;
}
