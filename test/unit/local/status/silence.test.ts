import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readSettings } from '../../../../src/settings/settings.ts';
import { LocalLake } from '../../../../src/local/lake.ts';
import { findMute } from '../../../../src/local/status/silence.ts';
import { isStopped } from '../../../../src/tools/process-identity.ts';
import { awaitAnswer } from '../../../../src/tools/waiting.ts';
import { part } from '../../../support/status.ts';
import { temporaryFolder } from '../../../support/folders.ts';

describe('parts that do nothing', () => {
  const folder = temporaryFolder();
  let child: ChildProcess;
  let server: Server;
  let lake: LocalLake;

  before(async () => {
    child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    // Takes connections and says nothing, as a server that hangs.
    server = createServer(() => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const env = {
      CRYPTODM_PATHS_DATA: folder.path,
      CRYPTODM_PORTS_DASHBOARD: String((server.address() as AddressInfo).port),
    };
    lake = new LocalLake(readSettings({ flags: {}, env, cwd: folder.path }));
  });

  after(() => {
    child.kill('SIGKILL');
    server.close();
  });

  const becomes = async (stopped: boolean) =>
    assert.ok(
      await awaitAnswer(() => (isStopped(child.pid ?? 0) === stopped ? true : undefined), {
        withinMs: 5000,
        everyMs: 20,
      }),
    );

  it('are those that a signal has stopped, for as long as it lasts', async () => {
    const { pid } = child;
    const parts = [part('kafka', { pid }), part('spark', { pid: undefined, state: 'restarting' })];
    assert.deepEqual(await findMute(lake, parts), []);
    child.kill('SIGSTOP');
    await becomes(true);
    assert.deepEqual(await findMute(lake, parts), [{ part: 'kafka', pid, why: 'stopped' }]);
    child.kill('SIGCONT');
    await becomes(false);
    assert.deepEqual(await findMute(lake, parts), []);
  });

  it('are a dashboard that takes a request and does not answer', async () => {
    const page = part('dashboard', { pid: child.pid });
    assert.deepEqual(await findMute(lake, [page]), [{ part: 'dashboard', pid: child.pid, why: 'silent' }]);
    assert.deepEqual(await findMute(lake, [{ ...page, state: 'down' }]), []);
  });
});
