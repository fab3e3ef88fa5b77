import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';
import { renderCandleDifferences, renderTradeGaps, tradeGapData } from '../../../src/cli/market-text.ts';
import { Fault } from '../../../src/errors.ts';
import { declareLake } from '../../../src/lake/declaration.ts';
import { toCell } from '../../../src/local/query/value.ts';
import type { ReadRows } from '../../../src/lake/gap-listing.ts';
import { listCandleDifferences, listTradeGaps, type MarketRequest } from '../../../src/lake/trade-gap-listing.ts';

const lake = declareLake(['BTC/USD', 'ETH/USD']);
const now = Date.parse('2025-07-08T12:00:00Z');
const all: MarketRequest = { from: undefined, to: undefined, coins: undefined, sources: undefined };

/** A database with the tables of the exchanges as they are declared. */
async function withTables(use: (db: { run: (sql: string) => Promise<unknown>; read: ReadRows }) => Promise<void>) {
  const instance = await DuckDBInstance.create(':memory:');
  const db = await instance.connect();
  try {
    await db.run("set TimeZone = 'UTC'");
    await db.run('create schema crypto_db');
    for (const { name, columns } of lake.tables) {
      if (!/market_|candle_difference/.test(name)) continue;
      const typed = columns.map(({ name: column, type }) => `"${column}" ${type === 'long' ? 'bigint' : type}`);
      await db.run(`create table ${name} (${typed.join(', ')})`);
    }
    const read: ReadRows = async (sql) => {
      const result = await db.runAndReadAll(sql);
      const types = result.columnTypes();
      return result.getRows().map((row) => row.map((value, at) => toCell(value, types[at] ?? assert.fail())));
    };
    await use({ run: (sql) => db.run(sql), read });
  } finally {
    db.closeSync();
    instance.closeSync();
  }
}

/** Trades of these ids, one a second from 11:00 on by their id. */
const trades = (source: string, coin: string, ids: readonly (number | string)[]) =>
  `insert into crypto_db.market_trade by name
   select '${source}' as source, '${coin}' as asset_id, 'USD' as asset_type, id as trade_id,
          timestamptz '2025-07-08 11:00:00+00' + to_seconds(cast(id % 100000 as double)) as trade_time
   from (values ${ids.map((id) => `(cast(${String(id)} as bigint))`).join(', ')}) t(id)`;

const hole = (first: number, last: number, state: string, revision: number, reason = 'the stream was away') =>
  `insert into crypto_db.market_hole by name
   select 'coinbase' as source, 'BTC' as asset_id, 'USD' as asset_type, ${String(first)} as first_id, ${String(last)} as last_id,
          timestamptz '2025-07-08 11:00:00+00' + to_seconds(${String(first - 1)}) as from_time,
          timestamptz '2025-07-08 11:00:00+00' + to_seconds(${String(last + 1)}) as to_time,
          '${state}' as state, '${reason}' as reason, ${String(revision)} as revision`;

const shown = ({
  source,
  coin,
  first,
  last,
  state,
  reason,
}: Awaited<ReturnType<typeof listTradeGaps>>['gaps'][number]) =>
  `${source} ${coin} ${String(first)}-${String(last)} ${state}: ${reason}`;

describe('the statement about missing trades', () => {
  it('finds each range of ids between the first and the last trade, with the newest report about it', () =>
    withTables(async ({ run, read }) => {
      await run(trades('coinbase', 'BTC', [10, 11, 11, 14, 20, 21, 30]));
      await run(trades('kraken', 'BTC', [5, 6, 9]));
      await run(trades('kraken', 'ETH', [1, 2, 3]));
      await run(hole(12, 13, 'open', 1));
      await run(hole(12, 12, 'absent', 3, 'the exchange has none'));
      await run(hole(15, 19, 'open', 2));
      const { gaps, unproven, empty } = await listTradeGaps(lake, all, read, now);
      assert.deepEqual([unproven, empty], [[], false]);
      assert.deepEqual(gaps.map(shown), [
        'coinbase BTC/USD 12-13 absent: the exchange has none',
        'coinbase BTC/USD 15-19 open: the stream was away',
        'coinbase BTC/USD 22-29 unreported: not followed',
        'kraken BTC/USD 7-8 unreported: not followed',
      ]);
      assert.deepEqual(gaps.map(tradeGapData)[1], {
        ...{ source: 'coinbase', coin: 'BTC/USD', firstId: 15, lastId: 19, ids: 5 },
        ...{ from: '2025-07-08T11:00:14Z', to: '2025-07-08T11:00:20Z', state: 'open', reason: 'the stream was away' },
      });
      const some = await listTradeGaps(lake, { ...all, coins: 'btc/usd', sources: 'kraken' }, read, now);
      assert.deepEqual(some.gaps.map(shown), ['kraken BTC/USD 7-8 unreported: not followed']);
    }));

  it('lists a hole behind the last trade while it is open, also of a pair without any trade', () =>
    withTables(async ({ run, read }) => {
      await run(hole(21, 24, 'open', 1));
      await run(hole(21, 26, 'open', 2));
      await run(hole(40, 41, 'open', 3));
      await run(hole(40, 41, 'closed', 4));
      const before = await listTradeGaps(lake, all, read, now);
      assert.deepEqual(before.gaps.map(shown), ['coinbase BTC/USD 21-26 open: the stream was away']);
      await run(trades('coinbase', 'BTC', [20, 21, 22]));
      const after = await listTradeGaps(lake, all, read, now);
      assert.deepEqual(after.gaps.map(shown), ['coinbase BTC/USD 23-26 open: the stream was away']);
    }));

  it('sees a range that begins before the asked time or ends after it, and no other', () =>
    withTables(async ({ run, read }) => {
      // The first range is over before the asked time, the second stretches over all of it, the third begins after it.
      await run(trades('coinbase', 'BTC', [0, 10, 11, 25_000, 25_001, 25_003]));
      const found = await listTradeGaps(
        lake,
        { ...all, from: '2025-07-08T13:00Z', to: '2025-07-08T14:00Z' },
        read,
        now + 86_400_000,
      );
      assert.deepEqual(found.gaps.map(shown), ['coinbase BTC/USD 12-24999 unreported: not followed']);
    }));

  it('says of which exchange nothing can be proven', () =>
    withTables(async ({ run, read }) => {
      assert.equal(
        renderTradeGaps(await listTradeGaps(lake, all, read, now)),
        'No trade of an exchange is in the lake.',
      );
      await run(trades('alpaca-stream', 'BTC', ['1234567890123456789', '1234567890123456799']));
      const found = await listTradeGaps(lake, all, read, now);
      assert.deepEqual([found.gaps, found.unproven], [[], ['alpaca-stream']]);
      const text = renderTradeGaps(found);
      assert.equal(
        text.split('\n')[1],
        'alpaca-stream: its ids do not count up, so that a missing trade can’t be seen.',
      );
      const alone = await listTradeGaps(lake, { ...all, sources: 'alpaca-stream' }, read, now);
      assert.deepEqual(alone, found);
    }));

  it('refuses what makes no sense', async () => {
    const refused = async (request: Partial<MarketRequest>, message: RegExp) =>
      assert.rejects(
        listTradeGaps(lake, { ...all, ...request }, async () => Promise.resolve([]), now),
        (error) => error instanceof Fault && error.kind === 'usage' && message.test(error.message),
      );
    await refused({ sources: 'coinbase,mtgox' }, /unknown exchange in coinbase,mtgox/);
    await refused({ coins: 'DOGE/USD' }, /unknown coin DOGE\/USD/);
    await refused({ from: '1h', to: '2h' }, /is not before --to/);
  });
});

describe('the statement about candles that differ', () => {
  it('finds those that differ still, with what differs', () =>
    withTables(async ({ run, read }) => {
      const row = (minute: number, cause: string, ours: string | null, theirs: string | null) =>
        `insert into crypto_db.candle_difference by name
         select 'kraken' as source, 'BTC' as asset_id, 'USD' as asset_type,
                timestamptz '2025-07-08 11:00:00+00' + to_minutes(${String(minute)}) as start_window, '${cause}' as cause,
                ${['our', 'their'].flatMap((whose) => ['open', 'high', 'low', 'close'].map((part) => `${(whose === 'our' ? ours : theirs) ?? 'null'} as ${whose}_${part}`)).join(', ')},
                ${ours === null ? 'null' : '1.5'} as our_volume, ${theirs === null ? 'null' : '2'} as their_volume`;
      await run(row(1, 'hole', '7', '7'));
      await run(row(2, 'none', '7', '7'));
      await run(row(3, 'incomplete-candle', '7', null));
      await run(row(-20_000, 'unexplained', '7', '8'));
      const found = await listCandleDifferences(lake, all, read, now);
      const candle = { open: '7', high: '7', low: '7', close: '7' };
      assert.deepEqual(found, [
        {
          ...{ source: 'kraken', coin: 'BTC/USD', start: '2025-07-08T11:01:00Z', cause: 'hole' },
          ...{ ours: { ...candle, volume: '1.5' }, theirs: { ...candle, volume: '2' } },
        },
        {
          ...{ source: 'kraken', coin: 'BTC/USD', start: '2025-07-08T11:03:00Z', cause: 'incomplete-candle' },
          ...{ ours: { ...candle, volume: '1.5' }, theirs: null },
        },
      ]);
      const lines = renderCandleDifferences(found).split('\n');
      assert.match(lines[1] ?? '', /kraken +BTC\/USD +2025-07-08T11:01:00Z +hole +volume 1\.5, theirs 2$/);
      assert.match(lines[2] ?? '', /no candle of the exchange$/);
      assert.equal(lines.at(-1), 'hole: 1 minute, incomplete-candle: 1 minute');
      assert.deepEqual(await listCandleDifferences(lake, { ...all, sources: 'coinbase' }, read, now), []);
    }));
});
