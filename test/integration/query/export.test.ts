import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { prepareExtensions } from './extensions.ts';
import { placeLake, type PlacedLake } from './place-lake.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { skipWithout } from '../../support/skipping.ts';
import { Terminal } from '../../support/terminal.ts';
import { SmallDisk } from '../../support/small-disk.ts';

await prepareExtensions();

const prices = 'select asset_id, price_crypto from crypto_quote where price_crypto < 100 order by 1';

describe('export', () => {
  let lake: PlacedLake;
  before(() => (lake = placeLake()));
  after(() => lake.remove());

  const folder = temporaryFolder();
  const exportTo = (file: string, source: string, ...more: string[]) =>
    lake.run(['export', source, '--to', join(folder.path, file), '--json', ...more]);
  const sums = 'count(*) as rows, sum(price_crypto) as price, sum(volume) as volume, min(start_window) as first';

  /** Asks DuckDB by itself, as another tool would. */
  async function readBack(sql: string): Promise<string[]> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    try {
      await connection.run("set TimeZone = 'UTC'");
      const reader = await connection.runAndReadAll(sql);
      return (reader.getRows()[0] ?? []).map(String);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }

  it('writes Parquet whose types and sums are those of the table', async () => {
    const written = await exportTo('quotes.parquet', 'crypto_quote');
    assert.equal(written.code, 0, written.stdout);
    const answer = JSON.parse(written.stdout) as { rows: number; bytes: number };
    const file = join(folder.path, 'quotes.parquet');
    assert.deepEqual([answer.rows, answer.bytes], [7, statSync(file).size]);
    const [count, price, volume, first] = await readBack(`select ${sums} from '${file}'`);
    const { stdout } = await lake.run(['query', `select ${sums} from crypto_quote`, '--json']);
    const expected = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([count, price, volume], [String(expected['rows']), expected['price'], expected['volume']]);
    assert.equal(first?.replace(' ', 'T').replace('+00', 'Z'), expected['first']);
    const [type] = await readBack(`select typeof(price_crypto) from '${file}'`);
    assert.equal(type, 'DECIMAL(24,12)');
    assert.deepEqual(readdirSync(folder.path), ['quotes.parquet']);
  });

  it('writes CSV and JSON as query does', async () => {
    for (const format of ['csv', 'json', 'jsonl']) {
      assert.equal((await exportTo(`rows.${format}`, `${prices}; -- end`)).code, 0);
      const { stdout } = await lake.run(['query', prices, '--format', format]);
      assert.equal(readFileSync(join(folder.path, `rows.${format}`), 'utf8'), stdout);
    }
  });

  it('writes numbers on request, in JSON only', async () => {
    assert.equal((await exportTo('rows.jsonl', prices, '--numbers')).code, 0);
    assert.match(readFileSync(join(folder.path, 'rows.jsonl'), 'utf8'), /"price_crypto":86\.123456789012\}/);
    const { code, stderr } = await exportTo('rows.csv', prices, '--numbers');
    assert.equal(code, 2);
    assert.match(stderr, /--numbers is for JSON/);
    assert.deepEqual(readdirSync(folder.path), ['rows.jsonl']);
  });

  it('writes a folder for each day, and replaces it with --force', async () => {
    for (const format of ['parquet', 'csv', 'jsonl']) {
      for (const more of [[], ['--force']]) {
        const { code, stdout } = await exportTo(`days.${format}`, 'crypto_quote', '--partition-by', 'day', ...more);
        assert.equal(code, 0, stdout);
        const days = join(folder.path, `days.${format}`);
        assert.deepEqual(readdirSync(days).sort(), ['day=2025-07-08', 'day=2025-07-09']);
        const [count, wrong] = await readBack(
          `select count(*), count(*) filter (where start_window::date <> day) from '${days}/*/data_0.${format}'`,
        );
        assert.deepEqual([count, wrong], ['7', '0'], format);
      }
    }
  });

  it('reads only, and leaves no file when it fails', async () => {
    const outside = join(folder.path, 'outside.csv');
    const refused: [string, number][] = [
      ['selct 1', 7],
      ['nosuch', 7],
      ['create table x (a int)', 7],
      [`copy (select 1) to '${outside}'`, 7],
      [`select * from '${outside}'`, 7],
      [`select * from read_csv('${outside}')`, 7],
      [`select 1) to '${outside}' (format csv) --`, 7],
      [`select 1) to '${outside}' (format csv); select (2`, 2],
      ['explain select 1', 7],
      ['select 1; select 2', 2],
      ["select (asset_id || 'x')::int from crypto_quote", 7],
    ];
    for (const [sql, expected] of refused) {
      for (const format of ['parquet', 'csv']) {
        if (format === 'csv' && sql.startsWith('explain')) continue;
        const { code, stdout } = await exportTo(`rows.${format}`, sql);
        assert.equal(code, expected, `${sql}: ${stdout}`);
        assert.deepEqual(readdirSync(folder.path), [], sql);
      }
    }
    const { code, stdout } = await exportTo('days.csv', 'select 1 as a', '--partition-by', 'day');
    assert.deepEqual([code, readdirSync(folder.path)], [2, []], stdout);
  });

  /** Starts an export that takes hours, and waits until it has written something. */
  async function startLong(file: string, ...more: string[]): Promise<ChildProcess> {
    const sql = "select timestamptz '2026-11-30' + interval (range % 3) day as at, range from range(100000000000)";
    const args = ['export', sql, '--to', join(folder.path, file), ...more];
    const child = spawn('./cryptodm', args, { env: { ...lake.env, CI: '1' }, stdio: 'ignore' });
    const size = () => {
      const names = readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).map((n) => join(folder.path, n));
      return names.reduce((sum, name) => sum + (statSync(name, { throwIfNoEntry: false })?.size ?? 0), 0);
    };
    const begun = await awaitAnswer(() => (size() > 1e6 ? true : undefined), { withinMs: 60_000, everyMs: 50 });
    assert.ok(begun, `${file} is not written`);
    return child;
  }

  const exitOf = (child: ChildProcess) => new Promise<number | null>((settle) => child.once('exit', settle));

  it('ends at Ctrl-C and leaves nothing', async () => {
    for (const [file, ...more] of [
      ['long.parquet'],
      ['long.csv'],
      ['long.parquet', '--partition-by', 'day'],
      ['long.csv', '--partition-by', 'day'],
    ] as [string, ...string[]][]) {
      const child = await startLong(file, ...more);
      child.kill('SIGINT');
      assert.deepEqual([await exitOf(child), readdirSync(folder.path)], [130, []], [file, ...more].join(' '));
    }
  });

  it('shows on a terminal how far it is', async () => {
    const sql = 'select range as a, range % 7 as b from range(100000000000)';
    for (const [file, progress] of [
      ['long.csv', /exporting: [\d,.]+ rows, [1-9][\d.]* (?:kB|MB)/],
      ['long.parquet', /exporting: [1-9][\d.]* (?:kB|MB)/],
    ] as const) {
      const env = { ...lake.env, CI: '', TERM: 'xterm' };
      const terminal = new Terminal(['./cryptodm', 'export', sql, '--to', join(folder.path, file)], { env });
      try {
        await terminal.sees(progress);
        terminal.type('\u0003');
        assert.equal(await terminal.exit(), 130);
      } finally {
        terminal.close();
      }
    }
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('says nothing on the way without a terminal, and with --json one object', async () => {
    const plain = await lake.run(['export', 'crypto_quote', '--to', join(folder.path, 'plain.csv')]);
    assert.deepEqual([plain.code, plain.stderr], [0, '']);
    const { stdout, stderr } = await exportTo('rows.csv', 'crypto_quote');
    assert.equal(stderr, '');
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { event: string }).event),
      ['export'],
    );
  });

  it('removes what a killed export has left', async () => {
    const child = await startLong('long.csv');
    child.kill('SIGKILL');
    await exitOf(child);
    assert.equal(readdirSync(folder.path).length, 1);
    assert.equal((await exportTo('long.csv', 'crypto_quote')).code, 0);
    assert.deepEqual(readdirSync(folder.path), ['long.csv']);
  });

  it('says that a disk is full, and leaves nothing on it', async function () {
    const disk = SmallDisk.open(2);
    if (typeof disk === 'string') return skipWithout(this, disk);
    try {
      for (const format of ['parquet', 'csv']) {
        const sql = 'select range as a, hash(range) as b from range(2000000)';
        for (const more of [[], ['--partition-by', 'day']]) {
          const dated = `select timestamptz '2026-11-30' + interval (a % 3) day as at, * from (${sql})`;
          const ran = await lake.run(['export', dated, '--to', join(disk.path, `rows.${format}`), ...more]);
          assert.equal(ran.code, 4, ran.stderr);
          assert.match(ran.stderr, /the disk is full: nothing was written/);
          assert.deepEqual(readdirSync(disk.path), []);
        }
      }
    } finally {
      await disk.close();
    }
  });
});
