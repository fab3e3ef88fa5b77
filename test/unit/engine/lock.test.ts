import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { execa } from 'execa';
import type { Fault } from '../../../src/errors.ts';
import { takeLock } from '../../../src/engine/lock.ts';
import { withFolder } from '../../support/folders.ts';

const contender = fileURLToPath(new URL('../../support/lock-contender.ts', import.meta.url));
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
      assert.deepEqual(readdirSync(dirname(path)), []);
    }));

  it('has one holder when many processes ask at once, also for an abandoned one', () =>
    withFolder(async (folder) => {
      // Bundled once: twelve starts of the TypeScript loader would cost seconds.
      const program = join(folder, 'contender.mjs');
      const format = { bundle: true, platform: 'node', format: 'esm' } as const;
      await build({ ...format, entryPoints: [contender], outfile: program, logLevel: 'warning' });
      const path = join(folder, 'locks', 'lock');
      mkdirSync(dirname(path));
      for (const abandon of [
        () => undefined,
        () => {
          writeFileSync(path, '');
        },
        () => {
          symlinkSync(JSON.stringify(holder(1)), path);
        },
      ]) {
        abandon();
        const contenders = Array.from({ length: 4 }, () => execa(process.execPath, [program, path]));
        // The holder keeps it until all have tried.
        await Promise.all(contenders.map((one) => once(one.stdout, 'data')));
        for (const one of contenders) one.stdin.end();
        const said = (await Promise.all(contenders)).map((one) => one.stdout).sort();
        assert.deepEqual(said, ['locked', 'locked', 'locked', 'taken']);
        assert.deepEqual(readdirSync(dirname(path)), []);
      }
    })).timeout(120_000);

  it('is taken over from a process that is gone', () =>
    withFolder((folder) => {
      const path = join(folder, 'lock');
      takeLock(path, holder(1), () => true);
      takeLock(path, holder(2), () => false)();
      assert.deepEqual(readdirSync(folder), []);
    }));
});
