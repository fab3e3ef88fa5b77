import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layOut } from '../../../src/local/layout.ts';
import { readSupervisor, runFolder } from '../../../src/local/supervisor/parts.ts';
import { placeEarlierLake } from '../../support/earlier-lake.ts';
import { TestLake } from '../../support/lake.ts';
import { strikeAt } from '../../support/strike.ts';
import { readTopic } from '../../support/topic.ts';

/** What the lake holds that the earlier version produced, all within one minute. */
const earlier = { quotes: 2, trades: 4, from: '2026-11-30T21:03:00Z', to: '2026-11-30T21:04:00Z' };

describe('a lake of the last version', function () {
  this.timeout(600_000);
  let placed: ReturnType<typeof placeEarlierLake>;
  let lake: TestLake;
  const read = (...names: string[]): unknown => JSON.parse(readFileSync(join(placed.root, ...names), 'utf8'));

  before(async () => {
    placed = placeEarlierLake();
    lake = await TestLake.prepare({ CRYPTODM_PATHS_DATA: placed.root });
  });
  after(async () => {
    await (lake as TestLake | undefined)?.remove();
    rmSync(placed.parent, { recursive: true, force: true });
  });

  it('goes on with "up": its rows are there, its topics are those of before, and new rows come', async () => {
    assert.equal((read('journal.json') as { version: number }).version, 1);
    await lake.run('up');
    const status = await lake.settle();
    assert.equal(status.state, 'up', JSON.stringify(status.problems));
    const inMinute = `seen_at between timestamptz '${earlier.from}' and timestamptz '${earlier.to}'`;
    const [rows] = await lake.query<Record<string, number>>(
      `select (select count(*) from crypto_db.crypto_quote where ${inMinute}) as quotes,
        (select count(*) from crypto_db.crypto_trader where ${inMinute}) as trades,
        (select count(*) from crypto_db.crypto_quote) as "all"`,
    );
    assert.equal(Number(rows?.['quotes']), earlier.quotes);
    assert.equal(Number(rows?.['trades']), earlier.trades);
    assert.ok(Number(rows?.['all']) > earlier.quotes);
    // None has lost records or begun again, those that the earlier version did not have included.
    assert.deepEqual([...new Set(status.topics.map(({ generation }) => generation))], [1]);
    const documents = await lake.documents({ range: { seen_at: { gte: earlier.from, lte: earlier.to } } });
    assert.equal(documents.size, earlier.quotes);
  });

  it('has a credential then, without which its broker lets nobody in', async () => {
    const { bootstrapServers } = lake.broker;
    assert.equal(statSync(layOut(lake.data).credential).mode & 0o777, 0o600);
    await assert.rejects(readTopic({ bootstrapServers }, 'coinbase-trades'));
    assert.ok((await readTopic(lake.broker, 'coinbase-trades')).length > earlier.trades);
  });

  it('lets everybody in once the settings open the broker, and nobody else when they close it again', async () => {
    const { bootstrapServers } = lake.broker;
    const opened = await lake.try(['up'], { env: { CRYPTODM_ACCESS_BROKER: 'open' } });
    assert.equal(opened.code, 0, opened.stderr);
    assert.ok((await readTopic({ bootstrapServers }, 'coinbase-trades')).length > earlier.trades);
    // Its settings say that it is closed: commands look at the broker that runs.
    await lake.settle();
    await lake.run('up');
    await assert.rejects(readTopic({ bootstrapServers }, 'coinbase-trades'));
    await lake.settle();
  });

  it('starts its parts again when the credential is a new one', async () => {
    const { credential } = layOut(lake.data);
    const pids = async () => (await lake.status()).parts.map(({ pid }) => pid);
    const before = await pids();
    rmSync(credential);
    await lake.named('file-damaged', /credential is missing/);
    await lake.run('up');
    const after = await pids();
    assert.ok(
      after.every((pid) => !before.includes(pid)),
      `${String(before)} ${String(after)}`,
    );
    await lake.settle();
    // A producer that has just started may still wait for its first acknowledgement.
    await lake.sound();
  });

  it('has a journal of this version then, and a second "up" changes nothing', async () => {
    assert.equal((read('journal.json') as { version: number }).version, 2);
    const lines = (await lake.run('up', '--json')).trimEnd().split('\n');
    const last = JSON.parse(lines.at(-1) ?? '') as { event: string; changed: string[] };
    assert.deepEqual([last.event, last.changed], ['up', []]);
  });

  it('is repaired by an "up" although its supervisor is killed meanwhile: the same run starts another one', async () => {
    const supervisor = () => readSupervisor(runFolder(lake.data, tmpdir()).supervisor)?.pid ?? 0;
    const spark = await lake.pidOf('spark');
    process.kill(supervisor(), 'SIGKILL');
    process.kill(-spark, 'SIGKILL');
    let killed = 0;
    const ran = await strikeAt(lake, ['up'], 'jobs', () => {
      killed = supervisor();
      process.kill(killed, 'SIGKILL');
    });
    assert.ok(ran.struck);
    assert.equal(ran.code, 0, ran.stderr);
    const status = await lake.settle();
    assert.equal(status.state, 'up', JSON.stringify(status.problems));
    assert.notEqual(supervisor(), killed);
  });

  it('goes with "down": no process, port or file is left', async () => {
    await lake.run('down', '--yes');
    assert.equal(existsSync(placed.root), false);
  });
});
