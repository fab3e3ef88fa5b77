import assert from 'node:assert/strict';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { Exchange } from '../support/exchange/exchange.ts';
import { TestLake } from '../support/lake.ts';

const pairs = ['BTC/USD', 'ETH/USD', { pair: 'YFI/USD', rate: 0.05 }];
const names = ['BTC/USD', 'ETH/USD', 'YFI/USD'];
const venues = ['coinbase', 'kraken'] as const;

/** A line of `gaps --trades --json`. */
interface TradeGap {
  firstId: number;
  lastId: number;
  state: string;
}

const linesOf = <T>(text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

/** Ids that the table lacks, or has twice, of the trades up to a time. */
interface Difference {
  venue: string;
  pair: string;
  missing: number;
  doubled: number;
}

describe('a lake that follows the trades of exchanges', function () {
  this.timeout(240_000);
  let lake: TestLake;
  let exchange: Exchange;

  before(async () => {
    exchange = await new Exchange({ venues, pairs, rate: 60, seed: 7 }).start();
    lake = await TestLake.prepare();
    const ran = await lake.try(['up', '--source', 'coinbase,kraken', '--coins', names.join(',')], {
      env: exchange.environment,
    });
    assert.equal(ran.code, 0, ran.stderr);
  });

  after(async () => {
    await lake.remove();
    await exchange.close();
  });

  /** Compares the table with the ledger: all trades between the first one that the lake has seen and a time. */
  async function compareTrades(untilMs: number): Promise<Difference[]> {
    const differences: Difference[] = [];
    for (const venue of venues) {
      for (const pair of names) {
        const [base = '', quote = ''] = pair.split('/');
        const rows = await lake.query<{ id: string; price: string; quantity: string; side: string }>(
          `select cast(trade_id as varchar) as id, cast(price as varchar) as price, cast(quantity as varchar) as quantity, side from crypto_db.market_trade
           where source = '${venue}' and asset_id = '${base}' and asset_type = '${quote}' order by trade_id`,
        );
        const stored = new Map(rows.map((row) => [row.id, row]));
        const first = BigInt(rows[0]?.id ?? 0);
        const ledger = exchange.ledger
          .trades(venue, pair, undefined, untilMs * 1000)
          .filter(({ id }) => BigInt(id) >= first);
        const missing = ledger.filter(({ id }) => !stored.has(String(id)));
        differences.push({ venue, pair, missing: missing.length, doubled: rows.length - stored.size });
        for (const trade of ledger.filter(({ id }) => stored.has(String(id)))) {
          const row = stored.get(String(trade.id));
          assert.equal(Number(row?.price), Number(trade.price), `${venue} ${pair} ${String(trade.id)}`);
          assert.equal(Number(row?.quantity), Number(trade.quantity));
          assert.equal(row?.side, trade.side);
        }
      }
    }
    return differences.filter(({ missing, doubled }) => missing > 0 || doubled > 0);
  }

  /** Waits until every trade of the ledger up to now is in the table once. */
  async function awaitTrades(): Promise<void> {
    const until = Date.now();
    let left: Difference[] = [];
    const whole = await awaitAnswer(
      async () => {
        left = await compareTrades(until);
        return left.length === 0 ? true : undefined;
      },
      { withinMs: 60_000, everyMs: 500 },
    );
    assert.ok(whole, JSON.stringify(left));
  }

  /** Waits until all complete bars of coins that trade often equal the ledger's. */
  async function awaitBars(minutes: number): Promise<void> {
    let said = 'no complete minute';
    const equal = await awaitAnswer(
      async () => {
        const rows = await lake.query<Record<string, string>>(
          `select asset_id || '/' || asset_type as pair, strftime(start_window at time zone 'UTC', '%Y-%m-%dT%H:%M:%SZ') as start,
                  cast(open_price as varchar) as open, cast(high_price as varchar) as high, cast(low_price as varchar) as low,
                  cast(price_crypto as varchar) as close, cast(volume as varchar) as volume, cast(vwap as varchar) as vwap,
                  cast(trade_count as varchar) as count
           from crypto_db.crypto_quote where complete and source = 'coinbase'`,
        );
        const wrong = rows.filter((row) => {
          const bar = exchange.ledger.bars('coinbase', row['pair'] ?? '').find(({ minute }) => minute === row['start']);
          const same = (column: keyof NonNullable<typeof bar>) => Number(bar?.[column]) === Number(row[column]);
          return !(['open', 'high', 'low', 'close', 'volume', 'vwap', 'count'] as const).every(same);
        });
        const complete = new Set(rows.filter(({ pair }) => pair !== 'YFI/USD').map(({ start }) => start)).size;
        said = `${String(complete)} complete minutes, different: ${JSON.stringify(wrong.slice(0, 2))}`;
        return wrong.length === 0 && complete >= minutes ? true : undefined;
      },
      { withinMs: 150_000, everyMs: 500 },
    );
    assert.ok(equal, said);
  }

  it('has each trade once, whatever the streams do wrong', async () => {
    exchange.faults.double('coinbase', 'BTC/USD', 5);
    exchange.faults.reorder('coinbase', 'ETH/USD', 6);
    exchange.faults.burst('kraken', 'BTC/USD', 20);
    exchange.faults.omit('coinbase', 'BTC/USD', 4);
    exchange.faults.omit('kraken', 'ETH/USD', 3);
    exchange.faults.misprice('coinbase', 'ETH/USD', 1);
    exchange.faults.hide('coinbase', 'ETH/USD', 2, 4_000);
    exchange.faults.drop('kraken');
    await awaitTrades();
    exchange.faults.failRequests('coinbase', { count: 2, status: 429, retryAfter: 1 });
    exchange.faults.hangUp('coinbase');
    exchange.faults.mute('kraken', 8_000);
    await awaitTrades();
    const none = await awaitAnswer(
      async () => ((await lake.runHere('gaps', '--trades')).includes('No trade is missing.') ? true : undefined),
      { withinMs: 30_000, everyMs: 500 },
    );
    assert.ok(none, await lake.runHere('gaps', '--trades'));
  });

  it('moves the candle while its minute runs, and values a trade at once, provisionally', async () => {
    const running = async () =>
      (
        await lake.query<{ trades: string; complete: boolean }>(
          `select cast(trade_count as varchar) as trades, complete from crypto_db.crypto_quote where asset_id = 'BTC' order by start_window desc limit 1`,
        )
      )[0];
    const first = await awaitAnswer(
      async () => {
        const found = await running();
        return found?.complete === false ? found : undefined;
      },
      { withinMs: 60_000, everyMs: 100 },
    );
    const moved = await awaitAnswer(async () => ((await running())?.trades === first?.trades ? undefined : true), {
      withinMs: 20_000,
      everyMs: 100,
    });
    assert.ok(moved, 'the running minute stands still');
    await lake.run('trade', 'buy', 'BTC/USD', '0.5', '--user', 'quant');
    const states: string[] = [];
    const exact = await awaitAnswer(
      async () => {
        const [row] = await lake.query<{ state: string }>(
          `select price_state as state from crypto_silver.trade_valued where document_id = 'quant'`,
        );
        if (row !== undefined && states.at(-1) !== row.state) states.push(row.state);
        return states.at(-1) === 'exact' ? true : undefined;
      },
      { withinMs: 90_000, everyMs: 200 },
    );
    assert.ok(exact, states.join());
    assert.ok(states.includes('provisional'), states.join());
  });

  it('goes on where a killed producer was', async () => {
    const killed = await lake.pidOf('producer-quotes');
    process.kill(killed, 'SIGKILL');
    const restarted = await awaitAnswer(
      async () => {
        const { parts } = await lake.status();
        const { pid } = parts.find(({ id }) => id === 'producer-quotes') ?? {};
        return pid === undefined || pid === killed ? undefined : true;
      },
      { withinMs: 60_000, everyMs: 200 },
    );
    assert.ok(restarted, 'the producer was not started again');
    await awaitTrades();
    await awaitBars(2);
    const gaps = linesOf<{ reason: string }>(await lake.runHere('gaps', '--json'));
    assert.deepEqual(
      gaps.filter(({ reason }) => reason !== 'no trade'),
      [],
    );
  });

  it('lists trades that nobody has any more, and a pair that the exchange refuses', async () => {
    const lost = exchange.faults.lose('coinbase', 'BTC/USD', 3);
    const listed = await awaitAnswer(
      async () => {
        const gaps = linesOf<TradeGap>(await lake.runHere('gaps', '--trades', '--json'));
        return gaps.some(({ state }) => state === 'absent') ? gaps : undefined;
      },
      { withinMs: 60_000, everyMs: 1_000 },
    );
    assert.deepEqual(
      listed?.map(({ firstId, lastId }) => [String(firstId), String(lastId)]),
      [[lost[0], lost.at(-1)]],
    );
    exchange.faults.refuseProduct('coinbase', 'YFI/USD');
    exchange.faults.hangUp('coinbase');
    await lake.named('coin-refused', /YFI\/USD/);
  });
});
