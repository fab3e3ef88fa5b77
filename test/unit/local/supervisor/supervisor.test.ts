import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Supervisor, type RestartPolicy } from '../../../../src/local/supervisor/supervisor.ts';
import { requireAccepted } from '../../../../src/local/produce.ts';
import { readParts, trimLog, withLog, writeParts } from '../../../../src/local/supervisor/parts.ts';
import type { Daemon } from '../../../../src/local/parts/daemon.ts';
import { endGroup, isAlive } from '../../../../src/tools/process-identity.ts';
import { awaitAnswer } from '../../../../src/tools/waiting.ts';
import { withFolder } from '../../../support/folders.ts';

const quick: RestartPolicy = { firstWaitMs: 1, longestWaitMs: 4, most: 3, healthyAfterMs: 60_000 };

function daemonOf(folder: string, script: string, more: Partial<Daemon> = {}): Daemon {
  return {
    id: 'part',
    title: 'a part',
    command: process.execPath,
    args: ['-e', script],
    env: {},
    cwd: folder,
    log: join(folder, 'part.log'),
    graceMs: 2000,
    ports: [],
    ...more,
  };
}

const sleeping = 'setInterval(() => {}, 1000); console.log("here", process.env.SECRET ?? "", process.env.LEAK ?? "")';

/** Runs a test with a supervisor, and ends all parts by their pids afterwards. */
async function withSupervisor(
  use: (supervisor: Supervisor, folder: string, log: string[]) => Promise<void>,
  policy: RestartPolicy = quick,
): Promise<void> {
  await withFolder(async (folder) => {
    const log: string[] = [];
    const supervisor = new Supervisor(join(folder, 'parts.json'), (line) => log.push(line), process.env, policy);
    const timer = setInterval(() => {
      supervisor.watch();
    }, 5);
    try {
      await use(supervisor, folder, log);
    } finally {
      clearInterval(timer);
      supervisor.release();
      for (const part of supervisor.list()) if (part.process !== undefined) await endGroup(part.process, 100);
    }
  });
}

const eventually = async <T>(ask: () => T | undefined): Promise<T> => {
  const answer = await awaitAnswer(ask, { withinMs: 10_000, everyMs: 5 });
  assert.notEqual(answer, undefined, 'it never came about');
  return answer as T;
};

describe('the supervisor', () => {
  it('starts a part in a process group and leaves one alone that already runs as described', () =>
    withSupervisor(async (supervisor, folder) => {
      const daemon = daemonOf(folder, sleeping);
      const first = await supervisor.ensure(daemon, {});
      const second = await supervisor.ensure(daemon, {});
      assert.equal(first.changed, true);
      assert.equal(second.changed, false);
      assert.equal(second.part.process?.pid, first.part.process?.pid);
    }));

  it('starts it again when its description changes', () =>
    withSupervisor(async (supervisor, folder) => {
      const before = (await supervisor.ensure(daemonOf(folder, sleeping), {})).part.process;
      const after = (await supervisor.ensure(daemonOf(folder, sleeping, { title: 'another' }), {})).part.process;
      assert.ok(before && after);
      assert.equal(isAlive(before), false);
      assert.equal(isAlive(after), true);
    }));

  it('leaves no second one beside a process that its predecessor had started and not yet written down', () =>
    withSupervisor(async (supervisor, folder) => {
      const daemon = daemonOf(folder, sleeping);
      const { part } = await supervisor.ensure(daemon, {});
      const unknown = part.process;
      assert.ok(unknown);
      // As a kill -9 between the start and the writing leaves it.
      supervisor.release();
      writeParts(join(folder, 'parts.json'), [{ ...part, state: 'waiting', process: undefined }]);
      const next = new Supervisor(join(folder, 'parts.json'), () => undefined, process.env, quick);
      await next.adopt();
      const started = next.list()[0]?.process;
      try {
        assert.ok(started && isAlive(started));
        assert.notEqual(started.pid, unknown.pid);
        assert.equal(isAlive(unknown), false);
      } finally {
        next.release();
        if (started !== undefined) await endGroup(started, 100);
      }
    }));

  it('starts again what was killed', () =>
    withSupervisor(async (supervisor, folder) => {
      const { part } = await supervisor.ensure(daemonOf(folder, sleeping), {});
      const killed = part.process;
      assert.ok(killed);
      process.kill(killed.pid, 'SIGKILL');
      const again = await eventually(() => {
        const now = supervisor.list()[0];
        return now?.restarts === 1 && now.state === 'up' ? now.process : undefined;
      });
      assert.notEqual(again.pid, killed.pid);
      assert.equal(supervisor.list()[0]?.lastExit, 'SIGKILL');
    }));

  it('gives up loudly on what dies again and again', () =>
    withSupervisor(async (supervisor, folder, log) => {
      await supervisor.ensure(daemonOf(folder, 'process.exit(7)'), {});
      await eventually(() => (supervisor.list()[0]?.state === 'failed' ? true : undefined));
      assert.match(log.join('\n'), /gave up on part: it died 4 times in a row \(exit code 7\)/);
    }));

  it('starts nothing again that refuses its arguments, and keeps what it said, until it is started on purpose', () =>
    withSupervisor(async (supervisor, folder, log) => {
      const script = 'console.error("working"); console.error("ProducerCrypto: no such file"); process.exit(2)';
      const id = 'producer-quotes';
      const daemon = daemonOf(folder, script, { id, refuses: 2 });
      await supervisor.ensure(daemon, {});
      const part = await eventually(() => supervisor.list().find(({ state }) => state === 'failed'));
      assert.deepEqual([part.restarts, part.refusal], [0, 'ProducerCrypto: no such file']);
      assert.match(log.join('\n'), /producer-quotes can’t be started: ProducerCrypto: no such file/);
      assert.throws(
        () => {
          requireAccepted(supervisor.list());
        },
        { kind: 'usage', message: 'a part is not started: ProducerCrypto: no such file' },
      );
      const again = await supervisor.ensure(daemonOf(folder, sleeping, { id, refuses: 2 }), {});
      assert.deepEqual([again.part.state, again.part.refusal], ['up', undefined]);
      requireAccepted(supervisor.list());
    }));

  it('gives nothing up while all parts die through no fault of their own', () =>
    withFolder(async (folder) => {
      let full: string | undefined = 'the disk is full';
      const supervisor = new Supervisor(
        join(folder, 'parts.json'),
        () => undefined,
        process.env,
        quick,
        () => full,
      );
      const timer = setInterval(() => {
        supervisor.watch();
      }, 5);
      try {
        await supervisor.ensure(daemonOf(folder, 'process.exit(7)'), {});
        await eventually(() => ((supervisor.list()[0]?.restarts ?? 0) > 2 * quick.most ? true : undefined));
        assert.notEqual(supervisor.list()[0]?.state, 'failed');
        full = undefined;
        await eventually(() => (supervisor.list()[0]?.state === 'failed' ? true : undefined));
      } finally {
        clearInterval(timer);
        supervisor.release();
      }
    }));

  it('starts again what is stalled, even when it is paused, and says why it ended', () =>
    withSupervisor(async (supervisor, folder) => {
      const { part } = await supervisor.ensure(daemonOf(folder, sleeping), {});
      const stalled = { ...part };
      assert.ok(stalled.process);
      process.kill(stalled.process.pid, 'SIGSTOP');
      await supervisor.restartStalled(stalled, 'nothing heard for 52 s');
      const again = await eventually(() => (supervisor.list()[0]?.restarts === 1 ? supervisor.list()[0] : undefined));
      assert.equal(again.lastExit, 'nothing heard for 52 s');
      await eventually(() => (supervisor.list()[0]?.state === 'up' ? true : undefined));
      const next = supervisor.list()[0]?.process?.pid;
      await supervisor.restartStalled(stalled, 'nothing heard for 52 s');
      assert.equal(supervisor.list()[0]?.process?.pid, next, 'another process is not blamed for the old one');
    }));

  it('tries again when a part can’t even be started, and writes down what it could not write before', () =>
    withSupervisor(
      async (supervisor, folder) => {
        const log = join(folder, 'logs');
        mkdirSync(log);
        const aside = join(folder, 'parts.json.new');
        // What a full disk does: neither a log nor the file of the parts can be written.
        mkdirSync(aside);
        await supervisor.ensure(daemonOf(folder, sleeping, { log }), {});
        await eventually(() => ((supervisor.list()[0]?.restarts ?? 0) > 0 ? true : undefined));
        rmdirSync(log);
        rmdirSync(aside);
        const up = await eventually(() => (supervisor.list()[0]?.state === 'up' ? supervisor.list()[0] : undefined));
        await eventually(() => {
          const [written] = readParts(join(folder, 'parts.json'));
          return written?.process?.pid === up.process?.pid ? true : undefined;
        });
      },
      { ...quick, most: 1000 },
    ));

  it('does not start again what was done', () =>
    withSupervisor(async (supervisor, folder) => {
      const daemon = daemonOf(folder, '', { ends: true });
      await supervisor.ensure(daemon, {});
      await eventually(() => (supervisor.list()[0]?.state === 'ended' ? true : undefined));
      assert.equal((await supervisor.ensure(daemon, {})).changed, false);
      assert.equal(supervisor.list()[0]?.restarts, 0);
    }));

  it('says at once that a command is not there', () =>
    withSupervisor(async (supervisor, folder) => {
      const { part } = await supervisor.ensure(daemonOf(folder, '', { command: join(folder, 'missing') }), {});
      assert.equal(part.state, 'failed');
      assert.match(part.lastExit ?? '', /ENOENT/);
    }));

  it('takes over the parts of one that was killed, and never a stranger’s process', () =>
    withSupervisor(async (supervisor, folder) => {
      const { part } = await supervisor.ensure(daemonOf(folder, sleeping), {});
      const file = join(folder, 'parts.json');
      const heir = new Supervisor(file, () => undefined, process.env, quick);
      await heir.adopt();
      assert.equal(heir.list()[0]?.process?.pid, part.process?.pid);
    }));

  it('starts its own part where a stranger has its number now', () =>
    withSupervisor(async (_supervisor, folder) => {
      const file = join(folder, 'parts.json');
      const daemon = daemonOf(folder, sleeping);
      const stranger = { pid: process.pid, started: 'another time' };
      const since = new Date().toISOString();
      writeParts(file, [{ daemon, hash: 'x', state: 'up', process: stranger, since, restarts: 0 }]);
      const heir = new Supervisor(file, () => undefined, process.env, quick);
      await heir.adopt();
      const own = heir.list()[0]?.process;
      assert.ok(own);
      try {
        assert.notEqual(own.pid, process.pid);
      } finally {
        heir.release();
        await endGroup(own, 100);
      }
    }));

  it('hands secrets to the part, never to the disk, and nothing else of its environment', () =>
    withSupervisor(async (supervisor, folder) => {
      process.env['LEAK'] = 'leaked';
      try {
        await supervisor.ensure(daemonOf(folder, sleeping), { SECRET: 'hunter2' });
      } finally {
        delete process.env['LEAK'];
      }
      const log = join(folder, 'part.log');
      const said = await eventually(() =>
        existsSync(log) && readFileSync(log, 'utf8').includes('here') ? readFileSync(log, 'utf8') : undefined,
      );
      assert.match(said, /here hunter2/);
      assert.doesNotMatch(said, /leaked/);
      assert.doesNotMatch(readFileSync(join(folder, 'parts.json'), 'utf8'), /hunter2/);
    }));

  it('ends a group with KILL when it ignores TERM', () =>
    withSupervisor(async (supervisor, folder) => {
      const deaf = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("deaf")';
      const { part } = await supervisor.ensure(daemonOf(folder, deaf, { graceMs: 50 }), {});
      await eventually(() => (readFileSync(join(folder, 'part.log'), 'utf8').includes('deaf') ? true : undefined));
      await supervisor.remove('part');
      assert.ok(part.process);
      assert.equal(isAlive(part.process), false);
      assert.deepEqual(supervisor.list(), []);
    }));
});

describe('a long log', () => {
  it('is set aside while its writer goes on', () =>
    withFolder((folder) => {
      const log = join(folder, 'part.log');
      withLog(log, (descriptor) => {
        writeSync(descriptor, 'a long line\n');
        assert.equal(trimLog(log, 100), false);
        assert.equal(trimLog(log, 5), true);
        writeSync(descriptor, 'the next\n');
      });
      assert.equal(readFileSync(`${log}.1`, 'utf8'), 'a long line\n');
      assert.equal(readFileSync(log, 'utf8'), 'the next\n');
    }));
});

describe('the file of the supervisor', () => {
  it('is written again when another hand empties or removes it, and not in a lake that is gone', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'lake', 'run', 'parts.json');
      mkdirSync(join(folder, 'lake', 'run'), { recursive: true });
      const supervisor = new Supervisor(file, () => undefined, process.env, quick);
      try {
        const { part } = await supervisor.ensure(daemonOf(folder, sleeping), {});
        for (const damage of [() => writeFileSync(file, ''), () => rmSync(file)]) {
          damage();
          assert.deepEqual(readParts(file), []);
          supervisor.watch();
          assert.equal(readParts(file)[0]?.process?.pid, part.process?.pid);
        }
        rmSync(join(folder, 'lake'), { recursive: true });
        supervisor.watch();
        assert.equal(existsSync(join(folder, 'lake')), false);
      } finally {
        supervisor.release();
        for (const one of supervisor.list()) if (one.process !== undefined) await endGroup(one.process, 100);
      }
    }));

  it('names no process in the copy of a folder', () =>
    withFolder((folder) => {
      const [file, copy] = [join(folder, 'one', 'parts.json'), join(folder, 'two', 'parts.json')];
      mkdirSync(join(folder, 'one'));
      mkdirSync(join(folder, 'two'));
      const daemon = daemonOf(folder, sleeping);
      writeParts(file, [{ daemon, hash: 'x', state: 'up', since: new Date().toISOString(), restarts: 0 }]);
      copyFileSync(file, copy);
      assert.equal(readParts(file).length, 1);
      assert.deepEqual(readParts(copy), []);
    }));
});
