import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { takeDown } from '../../../src/local/take-down.ts';
import { ensureLakeId } from '../../../src/local/identity.ts';
import { LocalLake } from '../../../src/local/lake.ts';
import { freePort } from '../../../src/local/ports.ts';
import { collectStatus } from '../../../src/local/status/status.ts';
import { markName, markOf } from '../../../src/local/supervisor/marks.ts';
import { hashDaemon, writeParts, writeSupervisor, type Part } from '../../../src/local/supervisor/parts.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { endGroup, identify, isAlive, type ProcessIdentity } from '../../../src/tools/process-identity.ts';
import type { Caller } from '../../../src/work.ts';
import { temporaryFolder } from '../../support/folders.ts';

/** Processes that stand for the parts of a lake: each carries its mark, listens on a port and has a log open. */
describe('"down" without any file', function () {
  const folder = temporaryFolder();
  let lake: LocalLake;
  let started: ProcessIdentity[];
  const messages: string[] = [];
  const caller = {
    env: {},
    signal: new AbortController().signal,
    onEvent: (event) => messages.push((event as { text?: string }).text ?? ''),
  } as Partial<Caller> as Caller;

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  beforeEach(async () => {
    started = [];
    lake = await placeLake('lake');
  });

  afterEach(async () => {
    for (const one of started) await endGroup(one, 100);
  });

  async function placeLake(name: string): Promise<LocalLake> {
    const env: Record<string, string> = { CRYPTODM_PATHS_DATA: join(folder.path, name) };
    for (const port of ['KAFKA', 'CONTROLLER', 'ELASTICSEARCH', 'DASHBOARD'])
      env[`CRYPTODM_PORTS_${port}`] = String(await freePort());
    const placed = new LocalLake(readSettings({ flags: {}, env, cwd: folder.path }));
    for (const path of [placed.layout.run, placed.layout.logs, placed.layout.warehouse])
      mkdirSync(path, { recursive: true });
    writeFileSync(placed.layout.generations, '{}');
    return placed;
  }

  async function startPart(of: LocalLake, id: string, more: { port?: number; log?: string } = {}): Promise<Part> {
    const log = more.log ?? of.layout.log(id);
    const script = `const { createServer } = require('net');
      require('fs').openSync(${JSON.stringify(log)}, 'a');
      const ready = () => console.log('ready');
      ${more.port === undefined ? 'ready(); setInterval(() => {}, 1000)' : `createServer().listen(${String(more.port)}, '127.0.0.1', ready)`}`;
    const daemon = {
      ...{
        id,
        title: id,
        command: process.execPath,
        args: ['-e', script],
        env: {},
        cwd: of.layout.data,
        log,
        graceMs: 2000,
      },
      ports: more.port === undefined ? [] : [more.port],
    };
    const child = spawn(daemon.command, daemon.args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'], [markName]: markOf(of.layout.parts, id) },
    });
    const own = identify(child.pid ?? 0);
    assert.ok(own);
    started.push(own);
    await once(child.stdout, 'data');
    child.unref();
    child.stdout.destroy();
    return {
      daemon,
      hash: hashDaemon(daemon),
      state: 'up',
      process: own,
      since: new Date().toISOString(),
      restarts: 0,
    };
  }

  it('leaves nothing of an "up" that was killed after it had drawn the id of the lake', async () => {
    rmSync(lake.layout.data, { recursive: true });
    mkdirSync(lake.layout.run, { recursive: true });
    ensureLakeId(lake.layout);
    writeFileSync(`${lake.layout.identity}.new`, '');
    await takeDown(lake, caller, { keepData: false });
    assert.equal(existsSync(lake.layout.data), false);
  });

  it('finds and ends every process by its mark, and leaves nothing', async () => {
    const { ports } = lake.settings;
    await startPart(lake, 'kafka', { port: ports.kafka });
    await startPart(lake, 'spark');
    rmSync(lake.layout.run, { recursive: true });
    const status = await collectStatus(lake);
    assert.equal(status.state, 'degraded');
    const [problem] = status.problems;
    assert.equal(problem?.id, 'process-unknown');
    assert.match(
      problem.what,
      /^2 processes of this lake run and no file names them: kafka \(pid \d+\), spark \(pid \d+\)$/,
    );
    const proof = await takeDown(lake, caller, { keepData: false });
    assert.ok(proof.removed > 0);
    assert.ok(started.every((one) => !isAlive(one)));
    assert.equal(existsSync(lake.layout.data), false);
    assert.equal((await takeDown(lake, caller, { keepData: false })).removed, 0);
  });

  it('ends them also when the whole folder is gone', async () => {
    await startPart(lake, 'spark');
    rmSync(lake.layout.data, { recursive: true });
    await takeDown(lake, caller, { keepData: false });
    assert.ok(started.every((one) => !isAlive(one)));
    assert.equal(existsSync(lake.layout.data), false);
  });

  for (const [what, text] of Object.entries({ 'is empty': '', 'is cut': '{"version":1,"parts":[{"dae' })) {
    it(`does the same when run/parts.json ${what}, and says so`, async () => {
      await startPart(lake, 'spark');
      writeFileSync(lake.layout.parts, text);
      messages.length = 0;
      await takeDown(lake, caller, { keepData: false });
      assert.match(
        messages.join('\n'),
        /parts\.json is (empty|cut or is no JSON): it held which processes the lake has/,
      );
      assert.ok(started.every((one) => !isAlive(one)));
    });
  }

  it('neither blames nor ends the process of another lake that has a port of this one', async () => {
    const other = await placeLake('other');
    const { ports } = lake.settings;
    const { process: stranger } = await startPart(other, 'elasticsearch', { port: ports.elasticsearch });
    const server = createServer().listen(ports.kafka, '127.0.0.1');
    await once(server, 'listening');
    try {
      const proof = await takeDown(lake, caller, { keepData: false });
      assert.deepEqual([proof.processes, proof.ports, proof.files], [[], [], []]);
      assert.ok(stranger && isAlive(stranger));
    } finally {
      server.close();
    }
  });

  it('of a copied folder leaves the processes of the original alone', async () => {
    const part = await startPart(lake, 'spark');
    writeParts(lake.layout.parts, [part]);
    assert.ok(part.process);
    writeSupervisor(join(lake.layout.run, 'supervisor.json'), part.process);
    const copy = join(folder.path, 'copy');
    cpSync(lake.layout.data, copy, { recursive: true });
    const env = { CRYPTODM_PATHS_DATA: copy };
    await takeDown(new LocalLake(readSettings({ flags: {}, env, cwd: folder.path })), caller, { keepData: false });
    assert.ok(isAlive(part.process));
    assert.ok(existsSync(lake.layout.parts));
  });

  it('names a file that a part has written elsewhere', async () => {
    const elsewhere = join(folder.path, 'lake donn?es.log');
    await startPart(lake, 'kafka', { log: elsewhere });
    await assert.rejects(takeDown(lake, caller, { keepData: false }), (fault: Error) =>
      fault.message.includes(elsewhere),
    );
  });
});
