import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { proveComplete } from '../../support/completeness.ts';
import { TestLake } from '../../support/lake.ts';
import { skipWithout } from '../../support/skipping.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { strikeAt } from '../../support/strike.ts';

const second = 1000;

/** How long the disk stays full. */
const fullMs = Number(process.env['CRYPTODM_TEST_AWAY'] ?? 20) * second;

/** Takes minutes: the disk stays full for longer than a part is borne, and three lakes are begun on it. */
describe('a lake whose disk is full', function () {
  this.timeout(300 * second + fullMs);
  let lake: TestLake;
  let disk: SmallDisk;

  before(async function () {
    const opened = SmallDisk.open(256);
    if (typeof opened === 'string') {
      skipWithout(this, opened);
      return;
    }
    disk = opened;
    lake = await TestLake.prepare({ CRYPTODM_PATHS_DATA: join(disk.path, 'lake') });
  });

  after(async () => {
    // Undefined when the suite was skipped.
    if ((disk as SmallDisk | undefined) === undefined) return;
    disk.empty();
    await lake.remove();
    await disk.close();
  });

  it('is not started: the fault names the disk, and nothing is left', async () => {
    disk.fill();
    const ran = await lake.try(['up', '--no-produce']);
    disk.empty();
    assert.equal(ran.code, 4, ran.stderr);
    assert.match(ran.stderr, /the disk is full/);
    assert.match(ran.stderr, /Make room/);
    await lake.run('down', '--yes');
    assert.equal(existsSync(lake.data), false);
  });

  it('is completed by the next "up" when the space ran out during the start', async () => {
    const ran = await strikeAt(lake, ['up', '--source', 'simulate', '--coins', 'BTC/USD,LTC/USD'], 'kafka', () => {
      disk.fill();
    });
    disk.empty();
    assert.ok(ran.struck);
    assert.ok([4, 5].includes(ran.code ?? 0), `${String(ran.code)} ${ran.stderr}`);
    await lake.run('up', '--source', 'simulate', '--coins', 'BTC/USD,LTC/USD');
    await lake.sound('disk-filling', 'part-restarted');
  });

  it('reports it, keeps its data and goes on by itself once there is space', async () => {
    await lake.run('produce', 'quotes', '--source', 'simulate', '--rate', '100');
    await lake.run('produce', 'trades', '--stop');
    const trades = lake.run(
      'produce',
      'trades',
      '--rate',
      '50',
      '--count',
      String(50 * (fullMs / second + 10)),
      '--json',
    );
    const begun = await awaitAnswer(
      async () => {
        const { topics } = await lake.status();
        return (topics.find((topic) => topic.name === 'coinbase-trades')?.records ?? 0) > 50 ? true : undefined;
      },
      { withinMs: 60 * second, everyMs: 200 },
    );
    assert.ok(begun);
    const began = Date.now();
    const outcome = Promise.all([lake.named('disk-full'), trades]);
    // The outcome is checked below.
    outcome.catch(() => undefined);
    while (Date.now() - began < fullMs) {
      // Fills the space again that something has freed meanwhile.
      disk.fill();
      await pause(100);
    }
    disk.empty();
    const [problem, said] = await outcome;
    assert.match(problem.what, /is full: \d+ MB are left/);
    const done = said
      .split('\n')
      .map((line) => JSON.parse(line) as { acknowledged: number; failed?: number })
      .find((line) => line.failed !== undefined);
    assert.equal(done?.failed, 0);
    await lake.sound('disk-filling', 'data-late', 'part-restarted');
    await lake.run('produce', '--stop');
    await proveComplete(lake);
    const [row] = await lake.query<{ n: number }>(
      'select count(distinct transaction_id) as n from crypto_db.crypto_trader',
    );
    assert.ok(Number(row?.n) >= done.acknowledged, `${String(row?.n)} of ${String(done.acknowledged)} acknowledged`);
  });
});
