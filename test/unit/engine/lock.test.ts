import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../../src/errors.ts';
import { takeLock } from '../../../src/engine/lock.ts';
import { withFolder } from '../../support/folders.ts';

const holder = (pid: number) => ({ pid, started: 'now', command: 'cryptodm up' });

describe('the lock of a lake', () => {
  it('names who holds it', () =>
    withFolder((folder) => {
      const path = join(folder, 'lake', 'lock');
      const release = takeLock(path, holder(1), () => true);
      assert.throws(
        () => takeLock(path, holder(2), () => true),
        (fault: Fault) => fault.exitCode === 8 && fault.message.includes('cryptodm up (pid 1)'),
      );
      release();
      assert.equal(existsSync(path), false);
    }));

  it('is taken over from a process that is gone', () =>
    withFolder((folder) => {
      const path = join(folder, 'lock');
      takeLock(path, holder(1), () => true);
      takeLock(path, holder(2), () => false)();
      assert.equal(existsSync(path), false);
    }));
});
