import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { fetchExtensions } from '../../../src/local/setup/extensions.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';

/** The folder of DuckDB's extensions: CRYPTODM_DUCKDB_EXTENSIONS, or the cache; downloads them if it has none. */
export async function prepareExtensions(): Promise<string> {
  return (
    process.env['CRYPTODM_DUCKDB_EXTENSIONS'] ??
    (await fetchExtensions(cacheFolder(thisMachine(process.env)), thisMachine(process.env), () => undefined))
  );
}
