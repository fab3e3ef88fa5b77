import { join } from 'node:path';
import { findPython, installVenv } from '../../../src/aws/setup/venv.ts';
import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';

const range = { least: [3, 10], most: [3, 13] } as const;

/** The folder with Python and other people's tools of `clients.txt` or `dbt.txt`; installed once, in the cache. */
export async function engines(name: 'clients' | 'dbt'): Promise<string> {
  const machine = thisMachine(process.env);
  const requirements = join(import.meta.dirname, `${name}.txt`);
  const sources = { name: `engines-${name}`, requirements, cache: join(cacheFolder(machine), 'test') };
  return join(await installVenv(sources, () => findPython(machine, range), machine), 'bin');
}

/** Where Python finds `duckdb_extensions.py`. */
export const pythonPath = import.meta.dirname;
