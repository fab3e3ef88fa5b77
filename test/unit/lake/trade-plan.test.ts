import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';
import { declareLake } from '../../../src/lake/declaration.ts';
import { readFacts, type Span } from '../../../src/lake/gaps.ts';
import { planTrades, renderTradePlan, renderTradePlanQuery, type Wanted } from '../../../src/lake/trade-plan.ts';
import { renderTradeBackfill } from '../../../src/local/text/trade-backfill.ts';
import { toCell } from '../../../src/local/query/value.ts';

const lake = declareLake(['BTC/USD', 'ETH/USD']);
const ten = Date.parse('2025-07-08T10:00:00Z');
const hour: Span = { from: ten, to: ten + 3_600_000 };
const clock = (at: number) => new Date(at).toISOString().slice(11, 16);
const shown = (spans: readonly Span[]) => spans.map(({ from, to }) => `${clock(from)}-${clock(to)}`).join(' ');

/** A trade each ten seconds from 09:00 on by their ids; id 360 is the one of 10:00. */
const trades = (source: string, first: number, last: number, base = 0) =>
  `insert into crypto_db.market_trade by name
   select '${source}' as source, 'BTC' as asset_id, 'USD' as asset_type, id + cast(${String(base)} as bigint) as trade_id,
          timestamptz '2025-07-08 09:00:00+00' + to_seconds(cast(id * 10 as double)) as trade_time
   from range(${String(first)}, ${String(last + 1)}) t(id)`;

const bars = (source: string, from: string, to: string, complete: string) =>
  `insert into crypto_db.crypto_quote by name
   select 'BTC' as asset_id, 'USD' as asset_type, start_window, '${source}' as source, cast(${complete} as boolean) as complete
   from generate_series(timestamptz '2025-07-08 ${from}:00+00', timestamptz '2025-07-08 ${to}:00+00' - interval 1 minute, interval 1 minute) t(start_window)`;

async function planOf(
  statements: readonly string[],
  wanted: Partial<Wanted> = {},
  quiet: readonly [string, string][] = [],
) {
  const instance = await DuckDBInstance.create(':memory:');
  const db = await instance.connect();
  try {
    await db.run("set TimeZone = 'UTC'");
    await db.run('create schema crypto_db');
    for (const { name, columns } of lake.tables.filter(({ name: its }) => /market_trade|crypto_quote/.test(its))) {
      const typed = columns.map(({ name: column, type }) => `"${column}" ${type === 'long' ? 'bigint' : type}`);
      await db.run(`create table ${name} (${typed.join(', ')})`);
    }
    for (const statement of statements) await db.run(statement);
    const asked: Wanted[] = [{ source: 'coinbase', coin: 'BTC/USD', makesBars: false, ...wanted }];
    const result = await db.runAndReadAll(renderTradePlanQuery(lake, hour, asked));
    const types = result.columnTypes();
    const rows = result.getRows().map((row) => row.map((value, at) => toCell(value, types[at] ?? assert.fail())));
    const facts = readFacts(
      quiet.map(([from, to]) => ['history', 'BTC', 'USD', `2025-07-08T${from}:00Z`, `2025-07-08T${to}:00Z`]),
    );
    const [plan] = planTrades(rows, hour, asked, new Map(facts.map((its) => [its.coin, its])));
    assert.ok(plan);
    return { ...plan, asked: shown(plan.asked), bars: shown(plan.bars), text: renderTradePlan([plan]) };
  } finally {
    db.closeSync();
    instance.closeSync();
  }
}

describe('what a backfill of trades asks for', () => {
  it('is all of the span where nothing is there', async () => {
    const { asked, bars: wantBars, there, known } = await planOf([]);
    assert.deepEqual([asked, wantBars, there, known], ['10:00-11:00', '', 0, []]);
  });

  it('is nothing where ids in a row reach beyond the span', async () => {
    const { asked, there } = await planOf([trades('coinbase', 340, 740)]);
    assert.deepEqual([asked, there], ['', 360]);
  });

  it('is the time between ids that are not in a row, and the edges of what is there', async () => {
    const { asked, known, there, text } = await planOf([trades('coinbase', 340, 500), trades('coinbase', 510, 720)]);
    assert.equal(asked, '10:22-10:27 10:59-11:00');
    assert.deepEqual(known, [
      { first: '340', last: '500' },
      { first: '510', last: '720' },
    ]);
    assert.equal(there, 351);
    const places = text.split('\n').filter((line) => line.includes('"kind":"trade"'));
    assert.deepEqual(places, [
      '{"source":"coinbase","pair":"BTC/USD","kind":"trade","id":340,"time":"2025-07-08T09:56:40Z"}',
      '{"source":"coinbase","pair":"BTC/USD","kind":"trade","id":360,"time":"2025-07-08T10:00:00Z"}',
      '{"source":"coinbase","pair":"BTC/USD","kind":"trade","id":720,"time":"2025-07-08T11:00:00Z"}',
    ]);
  });

  it('does not take trades of another exchange for these', async () => {
    const { asked, known } = await planOf([trades('kraken', 340, 740)]);
    assert.deepEqual([asked, known], ['10:00-11:00', []]);
  });

  it('is all of the span where ids prove nothing, and their digits stay exact', async () => {
    const plan = await planOf([trades('alpaca-stream', 360, 361, 2_203_500_000_000_000_000)], {
      source: 'alpaca-stream',
    });
    assert.equal(plan.asked, '10:00-11:00');
    assert.deepEqual(plan.text.trim().split('\n'), [
      '{"source":"alpaca-stream","pair":"BTC/USD","kind":"ask","from":"2025-07-08T10:00:00Z","to":"2025-07-08T11:00:00Z"}',
      '{"source":"alpaca-stream","pair":"BTC/USD","kind":"known","first":2203500000000000360,"last":2203500000000000361}',
    ]);
  });

  it('has the minutes that lack a bar, although their trades are there', async () => {
    const there = [trades('coinbase', 340, 740), bars('coinbase', '10:00', '10:20', 'true')];
    const { asked, bars: wantBars } = await planOf(there, { makesBars: true }, [['10:30', '11:00']]);
    assert.deepEqual([asked, wantBars], ['10:20-10:30', '10:20-10:30']);
  });

  it('replaces candles and incomplete bars of the exchange, and no bar of another source', async () => {
    const there = [
      bars('coinbase-candles', '10:00', '10:10', 'null'),
      bars('coinbase', '10:10', '10:15', 'false'),
      bars('coinbase', '10:15', '10:20', 'null'),
      bars('coinbase', '10:20', '10:30', 'true'),
      bars('simulate', '10:30', '10:40', 'null'),
      bars('kraken', '10:40', '10:50', 'false'),
    ];
    const { asked, bars: wantBars } = await planOf(there, { makesBars: true });
    assert.deepEqual([asked, wantBars], ['10:00-11:00', '10:00-10:20 10:50-11:00']);
    assert.equal((await planOf(there)).bars, '', 'another exchange makes the bars');
    const alpaca = [bars('alpaca-stream', '10:00', '10:30', 'null'), bars('alpaca-stream', '10:30', '11:00', 'false')];
    assert.equal((await planOf(alpaca, { source: 'alpaca-stream', makesBars: true })).bars, '10:30-11:00');
  });
});

describe('the summary of a backfill of trades', () => {
  it('has a line for each pair at each exchange', () => {
    const pair = {
      source: 'coinbase',
      coin: 'BTC/USD',
      minutes: 60,
      new: 300,
      there: 60,
      absent: 2,
      bars: 58,
      begins: null,
    };
    const late = { ...pair, source: 'kraken', new: 0, there: 0, absent: 0, bars: 0, begins: '2025-07-08T10:30:00Z' };
    const text = renderTradeBackfill({ minutes: 120, asked: 120, sent: 358, refused: [], pairs: [pair, late] });
    assert.equal(
      text,
      [
        'source    coin     minutes asked  new  already there  not given  bars',
        'coinbase  BTC/USD             60  300             60          2    58',
        'kraken    BTC/USD             60    0              0          0     0',
        'The history of BTC/USD at kraken begins at 2025-07-08T10:30:00Z.',
      ].join('\n'),
    );
    const none = { minutes: 0, asked: 0, sent: 0, refused: [], pairs: [pair, late] };
    assert.equal(renderTradeBackfill(none), 'Nothing is missing: 60 trades are there.');
  });
});
