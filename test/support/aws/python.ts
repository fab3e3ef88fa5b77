import { join } from 'node:path';
import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { findPython, installVenv, readVenv, type PythonRange, type VenvSources } from '../../../src/aws/setup/venv.ts';
import { toFault } from '../../../src/errors.ts';

/** Python versions that the packages in `emulator/requirements.txt` support. */
const pythons: PythonRange = { least: [3, 10], most: [3, 14] };

/** Why the emulated account can't run here; undefined when it can. */
export async function emulatorUnavailable(): Promise<string | undefined> {
  if (readVenv(emulatorVenv()).ready) return undefined;
  try {
    await findPython(thisMachine(process.env), pythons);
    return undefined;
  } catch (error) {
    return toFault(error).message;
  }
}

/**
 * Makes sure that moto is in the cache, with the versions of `emulator/requirements.txt`. Takes a minute the first time.
 *
 * @returns path of the Python that has it
 * @throws Fault of kind `environment` without a suitable Python, `outside` when PyPI can't be reached
 */
export async function installEmulator(): Promise<string> {
  const machine = thisMachine(process.env);
  const folder = await installVenv(emulatorVenv(), () => findPython(machine, pythons), machine);
  return join(folder, 'bin/python');
}

function emulatorVenv(): VenvSources {
  return {
    name: 'emulator',
    requirements: join(import.meta.dirname, 'emulator/requirements.txt'),
    cache: join(cacheFolder(thisMachine(process.env)), 'test'),
  };
}
