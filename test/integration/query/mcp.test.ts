import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { prepareExtensions } from './extensions.ts';
import { placeLake, type PlacedLake } from './place-lake.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { askTool, connectMcp } from '../../support/mcp-client.ts';

await prepareExtensions();

type Row = unknown[];
interface Answer {
  rows: Row[];
  cut?: string;
  columns: { name: string; type: string; meaning?: string }[];
  tables: { name: string; about: string }[];
  status: { state: string; tables: { name: string; rows: number }[] };
}

/** What was asked, the SQL that a model may write for it, and the rows that are right. */
const questions: [question: string, sql: string, rows: Row[]][] = [
  ['How many quotes are there?', 'select count(*) from crypto_quote', [[7]]],
  [
    'Which coins have a price?',
    'select distinct asset_id from crypto_db.crypto_quote order by 1',
    [['BTC'], ['LTC'], ['MAX'], ['MIN']],
  ],
  [
    'What did BTC cost last?',
    "select price_crypto from crypto_quote where asset_id = 'BTC' order by start_window desc limit 1",
    [['108400.750000000000']],
  ],
  ['Which coin is the cheapest?', 'select arg_min(asset_id, price_crypto) from crypto_quote', [['MIN']]],
  [
    'What is the exact highest price?',
    'select max(price_crypto) as price from crypto_quote',
    [['999999999999.999999999999']],
  ],
  [
    'How did BTC move from minute to minute?',
    `select start_window, price_crypto - lag(price_crypto) over (order by start_window) as change
     from crypto_quote where asset_id = 'BTC' qualify change is not null order by 1`,
    [
      ['2025-07-08T23:59:00Z', '100.500000000000'],
      ['2025-07-09T00:00:00Z', '199.750000000000'],
      ['2025-07-09T00:01:00Z', '100.500000000000'],
    ],
  ],
  [
    'How many minutes has each day?',
    'select ref_date, count(*) from crypto_quote group by 1 order by 1',
    [
      ['2025-07-08', 3],
      ['2025-07-09', 4],
    ],
  ],
  [
    'What was the volume of BTC on 9 July?',
    "select sum(volume) from crypto_quote where asset_id = 'BTC' and ref_date = date '2025-07-09'",
    [['3.000000000000']],
  ],
  ['How many trades were made?', 'select count(*) from crypto_trader', [[6]]],
  ['Who trades?', 'select distinct document_id from crypto_trader', [['user-1']]],
  [
    'How much BTC was bought?',
    "select sum(quantity) from crypto_trader where asset_id = 'BTC' and trade_type = 'BUY'",
    [['3.500000000001']],
  ],
  [
    'Which trades have no price?',
    'select transaction_id from crypto_trader_view where price_crypto is null order by 1',
    [['t-without-quote']],
  ],
  [
    'What was the first trade of 23:59 worth?',
    "select total_price_transaction from crypto_trader_view where transaction_id = 't-first-instant'",
    [['108100.500000000000']],
  ],
  ['Was a record refused?', 'select count(*) from bad_record', [[1]]],
  [
    'What is the price range of BTC?',
    "select min(price_crypto), max(price_crypto) from crypto_quote where asset_id = 'BTC'",
    [['108000.000000000000', '108400.750000000000']],
  ],
  [
    'Which minutes of other coins know their number of trades?',
    "select asset_id, trade_count from crypto_quote where trade_count is not null and asset_id <> 'BTC' order by 1",
    [
      ['LTC', 3],
      ['MAX', 7],
    ],
  ],
  [
    'Which trades are of a coin without an icon?',
    'select transaction_id from crypto_trader_view where icon_url is null order by 1',
    [['t-without-icon']],
  ],
  [
    'How long is the series of BTC?',
    "select date_diff('minute', min(start_window), max(end_window)) from crypto_quote where asset_id = 'BTC'",
    [[4]],
  ],
  [
    'Which coins were quoted and never traded?',
    'select distinct asset_id from crypto_quote anti join crypto_trader using (asset_id)',
    [['LTC']],
  ],
];

/** Statements and arguments that a server which only reads refuses. `FILE` is a file outside of the lake. */
const attacks: [tool: string, given: Record<string, unknown>, reason: RegExp][] = [
  ['query', { sql: 'drop table crypto_quote' }, /only statements that read/],
  ['query', { sql: 'delete from crypto_trader' }, /only statements that read/],
  ['query', { sql: "update crypto_quote set price_crypto = 1 where asset_id = 'BTC'" }, /only statements that read/],
  ['query', { sql: 'insert into crypto_trader select * from crypto_trader' }, /only statements that read/],
  ['query', { sql: 'create table stolen as select * from crypto_quote' }, /only statements that read/],
  ['query', { sql: "copy crypto_quote to 'FILE'" }, /only statements that read/],
  ['query', { sql: "attach 'FILE' as other" }, /only statements that read/],
  ['query', { sql: 'install httpfs; load httpfs; select 1' }, /only statements that read|one at a time/],
  ['query', { sql: 'select 1; drop view crypto_trader_view' }, /only statements that read|one at a time/],
  ['query', { sql: 'select 1 /* ; */; /* */ delete from crypto_quote' }, /only statements that read|one at a time/],
  ['query', { sql: 'set memory_limit = $$100GB$$' }, /only statements that read/],
  ['query', { sql: 'pragma enable_external_access' }, /only statements that read|locked|no /],
  ['query', { sql: "select * from read_text('FILE')" }, /can't be used here/],
  ['query', { sql: "select * from 'FILE'" }, /no table/],
  ['query', { sql: "select * from glob('/etc/*')" }, /can't be used here/],
  ['query', { sql: "select * from (from read_csv('https://example.com/x.csv'))" }, /can't be used here/],
  ['query', { sql: "with a as (select * from query('drop table crypto_quote')) from a" }, /can't be used here/],
  ['query', { sql: "select getenv('HOME')" }, /no function|not|can't/i],
  ['query', { sql: "select content from sniff_csv('FILE')" }, /can't be used here/],
  ['query', { sql: 'explain analyze delete from crypto_quote' }, /only statements that read/],
  ['query', { sql: "select repeat('x', 2000000000)" }, /needs too much memory|took longer than/],
  ['query', { sql: 'select 1', rows: 1_000_000 }, /rows: Too big/],
  ['query', { sql: 'select 1', file: '/etc/passwd' }, /Unrecognized key/],
  ['describe_table', { table: "crypto_quote'; drop table crypto_quote; --" }, /no table/],
  ['gaps', { from: "2020'; drop table crypto_quote; --" }, /not a time|--from/],
];

describe('mcp', () => {
  const folder = temporaryFolder();
  let lake: PlacedLake;
  let client: Client;

  before(async () => {
    lake = placeLake();
    client = await connectMcp(lake.env);
  });
  after(async () => {
    await client.close();
    lake.remove();
  });

  const call = (name: string, given?: Record<string, unknown>) => askTool<Answer>(client, name, given);

  it('says what it is and what it has', async () => {
    assert.equal(client.getServerVersion()?.name, 'cryptodm');
    assert.match(client.getInstructions() ?? '', /only reads/);
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['list_tables', 'describe_table', 'query', 'status', 'gaps'],
    );
    for (const { name, annotations } of tools) assert.equal(annotations?.readOnlyHint, true, name);
  });

  it('knows tables and their columns', async () => {
    const { tables } = await call('list_tables');
    const quotes = tables.find(({ name }) => name === 'crypto_db.crypto_quote');
    assert.match(quotes?.about ?? '', /each coin and minute/);
    const { columns } = await call('describe_table', { table: 'crypto_quote' });
    const price = columns.find(({ name }) => name === 'price_crypto');
    assert.deepEqual(price, { name: 'price_crypto', type: 'DECIMAL(24,12)', meaning: 'close of the minute' });
  });

  for (const [question, sql, rows] of questions) {
    it(question, async () => assert.deepEqual((await call('query', { sql })).rows, rows));
  }

  it('Is the lake up?', async () => {
    const { status } = await call('status');
    assert.notEqual(status.state, 'up');
    assert.equal(status.tables.find(({ name }) => name === 'crypto_db.crypto_trader')?.rows, 6);
  });

  it('What was there in 2020?', async () => {
    const given = { sql: 'select count(*) from crypto_quote', as_of: '2020-01-01T00:00:00Z' };
    assert.deepEqual((await call('query', given)).rows, [[0]]);
  });

  it('cuts what is long, and says so', async () => {
    const few = await call('query', { sql: 'select * from range(100000)', rows: 5 });
    assert.deepEqual(few.rows, [[0], [1], [2], [3], [4]]);
    assert.match(few.cut ?? '', /more rows/);
    assert.equal((await call('query', { sql: 'select * from range(100000)' })).rows.length, 100);
    const wide = await call('query', { sql: "select repeat('x', 1500) from range(1000)", rows: 1000 });
    assert.ok(wide.rows.length > 100 && wide.rows.length < 140, String(wide.rows.length));
    assert.match(wide.cut ?? '', /too long/);
  });

  it('refuses what does not only read, and stays as it was', async () => {
    const file = join(folder.path, 'outside.csv');
    writeFileSync(file, 'a\n1\n');
    const picture = () =>
      readdirSync(lake.env['CRYPTODM_PATHS_DATA'] ?? '', { recursive: true, withFileTypes: true })
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => !/-(shm|wal)$/.test(path))
        .map((path) => `${path} ${String(statSync(path).size)} ${String(statSync(path).mtimeMs)}`);
    const before = picture();
    for (const [name, given, reason] of attacks) {
      const used = Object.fromEntries(
        Object.entries(given).map(([key, value]) => [
          key,
          typeof value === 'string' ? value.replaceAll('FILE', file) : value,
        ]),
      );
      const { isError, content } = await client.callTool({ name, arguments: used });
      const [text] = content;
      assert.equal(isError, true, JSON.stringify([name, given, content]));
      assert.match(text?.type === 'text' ? text.text : '', reason, JSON.stringify(given));
    }
    assert.deepEqual(picture(), before);
    assert.deepEqual(readdirSync(folder.path), ['outside.csv']);
    assert.deepEqual((await call('query', { sql: 'select count(*) from crypto_quote' })).rows, [[7]]);
  });

  it('stops a statement that takes too long, when the client gives it up', async () => {
    const endless =
      'select count(*) from range(100000) a, range(100000) b, range(100000) c where a.range + b.range + c.range = -1';
    const given = { name: 'query', arguments: { sql: endless } };
    await assert.rejects(client.callTool(given, { timeout: 1000 }), /timed? ?out/i);
    assert.deepEqual((await call('query', { sql: 'select 1' })).rows, [[1]]);
  });
});
