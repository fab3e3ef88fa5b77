import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../../src/setup/cache.ts';

/** The folder of DuckDB's extensions: CRYPTODM_DUCKDB_EXTENSIONS, or what the set-up left in the cache. */
export function extensionsFolder(): string {
  const named = process.env['CRYPTODM_DUCKDB_EXTENSIONS'];
  if (named) return named;
  const parent = join(
    cacheFolder({ env: process.env, home: homedir(), platform: process.platform } as never),
    'duckdb',
  );
  const folders = existsSync(parent) ? readdirSync(parent).map((version) => join(parent, version)) : [];
  const found = folders.find((folder) => existsSync(join(folder, 'iceberg.duckdb_extension')));
  if (found === undefined) throw new Error(`no DuckDB extensions below ${parent}: the set-up (npm test) fetches them`);
  return found;
}
