import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Fault } from '../../../src/errors.ts';
import { installVenv, readVenv } from '../../../src/aws/setup/venv.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

describe('a real Python environment', () => {
  const folder = temporaryFolder();

  it('does not exist when pip can’t fill it', async () => {
    const requirements = join(folder.path, 'requirements.txt');
    writeFiles(folder.path, { 'requirements.txt': './not-there\n' });
    const sources = { name: 'tool', requirements, cache: join(folder.path, 'cache') };
    const python = { command: 'python3', version: '3' };
    const installed = installVenv(sources, () => Promise.resolve(python), thisMachine(process.env));
    const fault: unknown = await installed.catch((thrown: unknown) => thrown);
    assert.ok(fault instanceof Fault, String(fault));
    assert.equal(fault.kind, 'outside');
    assert.match(fault.message, /not-there/);
    assert.equal(readVenv(sources).ready, false);
  }).timeout(60_000);
});
