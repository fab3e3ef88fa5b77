import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultyEnvironment } from '../../faults/environment.ts';
import { kinds } from '../../faults/schedule.ts';
import type { SeedReport } from '../../faults/seed-run.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { TestLake } from '../../support/lake.ts';

const second = 1000;

describe('a lake that is struck under load', function () {
  this.timeout(900 * second);
  const folder = temporaryFolder();
  let running: ChildProcess | undefined;

  afterEach(async () => {
    if (running?.exitCode !== null || running.signalCode !== null) return;
    // It ends in order: its lake, its disk and its groups go with it.
    const ended = once(running, 'exit');
    running.kill('SIGTERM');
    await ended;
  });

  // The long version: npm run test:faults -- --seeds 20
  it('loses and duplicates nothing, and queries meanwhile see whole batches only', async () => {
    const file = join(folder.path, 'report.json');
    const program = join(import.meta.dirname, '../../faults/main.ts');
    const short = ['--trades', '12000', '--bars', '4000', '--seconds', '45'];
    running = spawn(process.execPath, ['--import', 'tsx', program, '--first-seed', '20', ...short, '--report', file], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [code] = (await once(running, 'exit')) as [number | null];
    assert.equal(code, 0, 'the seed failed: see above');
    const { reports, missing } = JSON.parse(readFileSync(file, 'utf8')) as {
      reports: SeedReport[];
      missing: Record<string, string>;
    };
    const [report] = reports;
    assert.ok(report);
    // Some parts may be away when they are struck.
    assert.ok(report.struck.filter(({ hit }) => hit).length >= 5, JSON.stringify(report.struck));
    const tried = new Set(report.struck.map(({ kind }) => kind));
    assert.deepEqual(
      kinds.filter((kind) => !tried.has(kind)),
      kinds.filter((kind) => kind in missing),
      'each kind that this machine has is in the schedule',
    );
    assert.ok(report.acknowledged === 16_000 && report.records > report.acknowledged - report.taken);
    assert.ok(report.queries > 30 && report.versions > 20, JSON.stringify(report));
  });
});

describe('a lake whose supervisor is killed', function () {
  this.timeout(300 * second);
  let lake: TestLake;

  before(async () => {
    lake = await TestLake.prepare(faultyEnvironment);
  });

  after(async () => {
    await lake.remove();
  });

  it('keeps its parts running, and takes them over again', async () => {
    await lake.run('up');
    const before = await lake.status();
    assert.ok(before.resident);
    process.kill(before.resident.pid, 'SIGKILL');
    const without = await lake.status();
    assert.equal(without.resident, undefined);
    assert.deepEqual(
      without.parts.map((part) => part.state),
      without.parts.map(() => 'up'),
    );
    await lake.run('up');
    const after = await lake.status();
    assert.deepEqual(
      after.parts.map((part) => part.pid),
      before.parts.map((part) => part.pid),
    );
    assert.ok(after.resident);
  });
});
