import { join } from 'node:path';
import { findPython, installVenv } from '../../../src/aws/setup/venv.ts';
import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';

const range = { least: [3, 10], most: [3, 13] } as const;

/** Path of a Python with other people's engines; installed once, in the cache. */
export async function engines(): Promise<string> {
  const machine = thisMachine(process.env);
  const requirements = join(import.meta.dirname, 'requirements.txt');
  const sources = { name: 'iceberg-clients', requirements, cache: join(cacheFolder(machine), 'test') };
  return join(await installVenv(sources, () => findPython(machine, range), machine), 'bin', 'python');
}
