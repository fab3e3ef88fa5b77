import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Fault } from '../../../../src/errors.ts';
import type { Machine } from '../../../../src/toolchain/machine.ts';
import { findPython } from '../../../../src/aws/setup/venv.ts';
import { temporaryFolder, writeFiles } from '../../../support/folders.ts';

const range = { least: [3, 11], most: [3, 13] } as const;

describe('Python for the tools', () => {
  const folder = temporaryFolder();

  /** A machine whose PATH holds commands that answer with these versions. */
  function machine(pythons: Record<string, string>, env: Record<string, string> = {}): Machine {
    const scripts = Object.entries(pythons).map(([name, version]) => [`bin/${name}*`, `#!/bin/sh\necho ${version}\n`]);
    writeFiles(folder.path, Object.fromEntries(scripts) as Record<string, string>);
    return {
      env: { PATH: join(folder.path, 'bin'), ...env },
      platform: 'linux',
      home: folder.path,
      root: folder.path,
      superuser: false,
    };
  }

  async function refused(asked: Promise<unknown>): Promise<Fault> {
    const error: unknown = await asked.catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Fault, String(error));
    return error;
  }

  it('takes the newest that fits, and python3 where that fits', async () => {
    const both = machine({ python3: '3.9', 'python3.11': '3.11', 'python3.12': '3.12' });
    assert.deepEqual(await findPython(both, range), {
      command: join(folder.path, 'bin/python3.12'),
      version: '3.12',
    });
  });

  it('says which Python is too old and what to do', async () => {
    const fault = await refused(findPython(machine({ python3: '3.9' }), range));
    assert.equal(fault.kind, 'environment');
    assert.match(fault.message, /No Python 3\.11 to 3\.13/);
    assert.match(fault.where ?? '', /3\.9 in .*python3/);
    assert.match(fault.next ?? '', /CRYPTODM_PYTHON/);
  });

  it('asks only the one that is named', async () => {
    const named = machine({ python3: '3.12', old: '3.8' }, { CRYPTODM_PYTHON: join(folder.path, 'bin/old') });
    const fault = await refused(findPython(named, range));
    assert.equal(fault.kind, 'settings');
    assert.equal(fault.where, 'CRYPTODM_PYTHON');
  });
});
