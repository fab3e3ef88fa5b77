import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLakes } from '../../../src/local/lake-listing.ts';
import { layOut } from '../../../src/local/layout.ts';
import { markName, markOf } from '../../../src/local/supervisor/marks.ts';
import { hashDaemon, writeParts } from '../../../src/local/supervisor/parts.ts';
import { renderLakes } from '../../../src/local/text/lakes.ts';
import { identify } from '../../../src/tools/process-identity.ts';
import { temporaryFolder } from '../../support/folders.ts';

describe('the lakes of this machine', () => {
  const folder = temporaryFolder();
  const listed = (own: string, data: string) =>
    findLakes(layOut(own)).find((lake) => lake.data === join(realpathSync(folder.path), data));

  it('include one of other settings, by the mark of its process', async function () {
    if (process.platform !== 'linux') this.skip();
    const layout = layOut(join(folder.path, 'other'));
    mkdirSync(layout.run, { recursive: true });
    const args = ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1000)'];
    const child = spawn(process.execPath, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'], [markName]: markOf(layout.parts, 'kafka') },
    });
    try {
      await once(child.stdout, 'data');
      const { data: cwd } = layout;
      const daemon = {
        id: 'kafka',
        title: 'Kafka',
        command: process.execPath,
        args,
        env: {},
        cwd,
        log: '',
        graceMs: 1,
      };
      const own = identify(child.pid ?? 0);
      assert.ok(own);
      const part = { daemon: { ...daemon, ports: [4711] }, state: 'up' as const, process: own, restarts: 0 };
      writeParts(layout.parts, [{ ...part, hash: hashDaemon(part.daemon), since: new Date().toISOString() }]);
      const found = listed(join(folder.path, 'mine'), 'other');
      assert.deepEqual(found?.parts, [{ id: 'kafka', ports: [4711] }]);
      assert.match(renderLakes([found], undefined), /other +no supervisor +kafka :4711$/);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('include that of the settings when it is down, and no folder without a lake', () => {
    const layout = layOut(join(folder.path, 'mine'));
    mkdirSync(layout.run, { recursive: true });
    assert.equal(listed(layout.data, 'mine'), undefined);
    writeFileSync(layout.journal, '{}');
    const found = listed(layout.data, 'mine');
    assert.deepEqual([found?.supervisor, found?.parts], [false, []]);
  });
});
