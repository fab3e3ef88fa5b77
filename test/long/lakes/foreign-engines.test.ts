import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { findPython, installVenv } from '../../../src/aws/setup/venv.ts';
import { readTableMetadata, readTablePointers } from '../../../src/local/tables/catalog.ts';
import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { signalGroup } from '../../../src/tools/process-identity.ts';
import { TestLake } from '../../support/lake.ts';

const quotes = 'crypto_db.crypto_quote';
/** Within which time a part that does not answer must be named, in milliseconds. */
const withinMs = 30_000;

describe('PyIceberg beside a lake that runs', function () {
  this.timeout(900_000);
  let lake: TestLake;
  let python: string;

  before(async () => {
    const machine = thisMachine(process.env);
    const sources = {
      name: 'pyiceberg',
      requirements: 'test/support/foreign/pyiceberg.txt',
      cache: join(cacheFolder(machine), 'test'),
    };
    const range = { least: [3, 10], most: [3, 13] } as const;
    python = join(await installVenv(sources, () => findPython(machine, range), machine), 'bin', 'python');
    lake = await TestLake.prepare();
    await lake.run('up', '--source', 'simulate', '--coins', 'BTC/USD,ETH/USD');
    await lake.run('produce', 'quotes', '--source', 'simulate', '--rate', '50');
  });

  after(() => lake.remove());

  const warehouse = () => join(lake.data, 'warehouse');
  const append = (table: string, column: string, ...values: string[]) =>
    execa(python, [
      join('test', 'support', 'foreign', 'append.py'),
      ...[join(warehouse(), 'catalog.db'), warehouse(), table, column, ...values],
    ]);
  const keys = () =>
    lake.query<{ rows: number; keys: number; foreign: number }>(
      `select count(*)::int as rows, count(distinct (asset_id, asset_type, start_window))::int as keys,
              count(*) filter (source = 'pyiceberg')::int as foreign from ${quotes}`,
    );

  it('is named by what it does not say, also when its snapshot has expired', async () => {
    await append(quotes, 'source', 'pyiceberg');
    const { what } = await lake.named('foreign-commit', /./, withinMs);
    assert.match(
      what,
      /^1 commit to crypto_db.crypto_quote is not of this lake: append by an engine that does not name itself, such as PyIceberg, 1 row written$/,
    );
    const [before] = await keys();
    assert.deepEqual([before?.foreign, (before?.rows ?? 0) - (before?.keys ?? 0)], [1, 1]);
    // The writer has noted it in the table.
    const pointer = (await readTablePointers(join(warehouse(), 'catalog.db'))).find(({ name }) => name === quotes);
    const { properties } = await readTableMetadata(pointer?.metadataLocation ?? '');
    assert.match(properties['cryptodm.foreign.commits'] ?? '', /"operation":"append","added":1/);
  });

  it('keeps its file in a maintenance, and loses its row in a repair', async () => {
    const ran = await lake.try(['optimize-iceberg', '--table', quotes]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /crypto_db.crypto_quote: 1 file written or changed by another engine, left alone/);
    await lake.named('foreign-commit', /./, withinMs);
    await lake.run('tables', 'repair', '--table', quotes);
    const [after] = await keys();
    assert.deepEqual([after?.foreign, after?.rows], [0, after?.keys]);
    await lake.sound();
  });

  it('may add what is new, once it is accepted', async () => {
    await append(quotes, 'asset_id', 'ZZZ');
    await lake.named('foreign-commit', /./, withinMs);
    await lake.run('tables', 'accept', '--table', quotes);
    await lake.sound();
    const rows = await lake.query(`select 1 from ${quotes} where asset_id = 'ZZZ'`);
    assert.equal(rows.length, 1);
  });

  for (const [part, id, text] of [
    ['kafka', 'kafka-unreachable', /is stopped/],
    ['elasticsearch', 'search-unreachable', /is stopped/],
    ['producer-quotes', 'part-silent', /is stopped/],
    ['producer-trades', 'part-silent', /is stopped/],
  ] as const) {
    it(`a stopped part is named: ${part}`, async () => {
      const pid = await lake.pidOf(part);
      signalGroup(pid, 'SIGSTOP');
      try {
        await lake.named(id, text, withinMs);
      } finally {
        signalGroup(pid, 'SIGCONT');
      }
      await lake.sound('part-restarted', 'data-late', 'bad-records');
    });
  }
});
