import assert from 'node:assert/strict';
import { readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { layOut } from '../../../src/local/layout.ts';
import { readTableMetadata, readTablePointers } from '../../../src/local/tables/catalog.ts';
import { drive } from '../../faults/driver.ts';
import { drawEvents } from '../../faults/events.ts';
import { TestLake } from '../../support/lake.ts';
import { readRows } from '../../support/rows.ts';

const second = 1000;
const tables = [
  'crypto_db.crypto_quote',
  'crypto_db.crypto_trader',
  'crypto_db.quote_coverage',
  'crypto_db.bad_record',
];
const layers = [
  'crypto_silver.quote_minute',
  'crypto_silver.trade_valued',
  'crypto_gold.candle',
  'crypto_gold.position',
];
const jobs = ['quotes-iceberg', 'trades-iceberg', 'quotes-elasticsearch'];

describe('a lake with files that a power cut has emptied', function () {
  this.timeout(400 * second);
  let lake: TestLake;
  let layout: ReturnType<typeof layOut>;
  let sound: Record<string, number>;

  before(async () => {
    lake = await TestLake.prepare();
    layout = layOut(lake.data);
    await lake.run('up', '--no-produce');
    // Over several commits, so that each table has earlier states.
    await drive(lake.broker, drawEvents(77, { trades: 4000, bars: 2000 }), 15 * second);
    await lake.settleLayers();
    sound = await countRows();
  });

  after(async () => {
    await lake.remove();
  });

  async function countRows(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const name of [...tables, ...layers]) {
      const [found] = await readRows<{ n: number }>(lake.data, `select count(*)::double as n from ${name}`);
      counts[name] = found?.n ?? -1;
    }
    return counts;
  }

  async function metadataOf(table: string): Promise<string> {
    const pointer = (await readTablePointers(layout.catalog)).find(({ name }) => name === table);
    assert.ok(pointer);
    return pointer.metadataLocation;
  }

  it('whose checkpoints have empty files goes on by itself', async () => {
    await lake.halt();
    for (const job of jobs) {
      for (const log of ['offsets', 'commits']) {
        const folder = join(layout.checkpoints, job, 'g1', log);
        const names = readdirSync(folder).filter((name) => /^\d+$/.test(name));
        const last = names.sort((one, other) => Number(other) - Number(one))[0];
        assert.ok(last);
        truncateSync(join(folder, last));
      }
    }
    // And one of which nothing can be read.
    for (const name of readdirSync(join(layout.checkpoints, 'trades-iceberg', 'g1', 'offsets'))) {
      truncateSync(join(layout.checkpoints, 'trades-iceberg', 'g1', 'offsets', name));
    }
    await lake.run('up', '--no-produce');
    await lake.settleLayers();
    assert.deepEqual(await countRows(), sound);
    const log = await lake.run('logs', 'spark');
    assert.match(log, /quotes-iceberg: 2 files of the checkpoint can't be read .* is read again from 0\//);
    assert.match(log, /trades-iceberg: .* is read again from its beginning/);
  });

  it('whose tables can’t be read says so in a sentence, and how to repair it', async () => {
    await lake.halt();
    truncateSync(await metadataOf('crypto_db.crypto_trader'));
    truncateSync(await metadataOf('crypto_gold.candle'));
    const { current } = await readTableMetadata(await metadataOf('crypto_db.crypto_quote'));
    truncateSync(current?.manifestList ?? '');
    const up = await lake.try(['up', '--no-produce']);
    assert.equal(up.code, 5, up.stderr);
    const sentence =
      /the table crypto_db\.crypto_quote can't be read: its manifest list \S+ is empty; nor can crypto_db\.crypto_trader, crypto_gold\.candle/;
    assert.match(up.stderr, sentence);
    assert.match(up.stderr, /cryptodm tables repair/);
    assert.doesNotMatch(up.stderr, /Exception|\tat /);
    const create = await lake.try(['tables', 'create']);
    assert.equal(create.code, 5);
    assert.match(create.stderr, sentence);
    const { problems, tables: readable } = await lake.status();
    const named = problems.filter(({ id }) => id === 'table-unreadable').map(({ what }) => what);
    assert.equal(named.length, 3, named.join('\n'));
    assert.ok(
      readable.some(({ name }) => name === 'crypto_db.bad_record'),
      'those that can be read are listed',
    );
    const query = await lake.try(['query', 'select count(*) from crypto_db.crypto_trader']);
    assert.match(query.stderr, /the table crypto_db\.crypto_trader can't be read: its metadata file \S+ is empty/);
    const doctor = await lake.try(['doctor']);
    assert.match(doctor.stdout, /crypto_trader\s+.*its present state can’t be read/);
    assert.doesNotMatch(doctor.stdout, /Exception|\tat /);
  });

  it('has them again after "tables repair", with all that the topics hold', async () => {
    const shown = await lake.try(['tables', 'repair', '--dry-run']);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(
      shown.stdout,
      /crypto_db\.crypto_trader .*sets the table back to its state of .*: one commit is given up/,
    );
    const done = await lake.run('tables', 'repair');
    assert.match(done, /crypto_db\.crypto_trader .*: set back to its state of /);
    assert.match(done, /crypto_gold\.candle .*: silver and gold are calculated again from bronze/);
    await lake.run('up', '--no-produce');
    await lake.settleLayers();
    assert.deepEqual(await countRows(), sound);
    assert.deepEqual(
      (await lake.status()).problems.filter(({ id }) => id === 'table-unreadable'),
      [],
    );
  });

  it('repairs while it runs: the jobs rest meanwhile, and go on', async () => {
    truncateSync(await metadataOf('crypto_db.crypto_trader'));
    await lake.named('table-unreadable', /crypto_trader/);
    await lake.run('tables', 'repair', '--table', 'crypto_db.crypto_trader');
    await lake.sound('part-restarted');
    await lake.settleLayers();
    assert.deepEqual(await countRows(), sound);
  });

  it('makes a table again of which nothing is left, on request only', async () => {
    await lake.halt();
    const folder = join(layout.warehouse, 'crypto_db', 'crypto_trader');
    rmSync(folder, { recursive: true });
    const up = await lake.try(['up', '--no-produce']);
    assert.equal(up.code, 5);
    assert.match(up.stderr, /the table crypto_db\.crypto_trader can't be read: its metadata file \S+ is gone/);
    const kept = await lake.try(['tables', 'repair']);
    assert.equal(kept.code, 5);
    assert.match(kept.stdout, /--forget-missing/);
    await lake.run('tables', 'repair', '--forget-missing');
    await lake.run('up', '--no-produce');
    await lake.settleLayers();
    assert.deepEqual(await countRows(), sound);
  });
});
