import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Browser, Page } from 'playwright-core';
import { settledTo } from '../../src/lake/gaps.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { openBrowser } from '../support/browser.ts';
import { Comparison, wholeMinutes, type TradeGap } from '../support/exchange/comparison.ts';
import { Exchange } from '../support/exchange/exchange.ts';
import { runSeed } from '../support/exchange/seed.ts';
import { TestLake } from '../support/lake.ts';
import { skipWithout } from '../support/skipping.ts';

const pairs = ['BTC/USD', 'ETH/USD', { pair: 'YFI/USD', rate: 0.05 }];
const names = ['BTC/USD', 'ETH/USD', 'YFI/USD'];
const venues = ['coinbase', 'kraken'] as const;

const linesOf = <T>(text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

describe('a lake that follows the trades of exchanges', function () {
  this.timeout(240_000);
  let lake: TestLake;
  let exchange: Exchange;
  let comparison: Comparison;
  let beganMs: number;

  before(async () => {
    exchange = await new Exchange({ venues, pairs, rate: 60, seed: 7 }).start();
    lake = await TestLake.prepare();
    const ran = await lake.try(['up', '--source', 'coinbase,kraken', '--coins', names.join(',')], {
      env: exchange.environment,
    });
    assert.equal(ran.code, 0, ran.stderr);
    comparison = new Comparison(lake, exchange, venues, names, 'coinbase');
    beganMs = await comparison.begin();
  });

  after(async () => {
    await lake.remove();
    await exchange.close();
  });

  /** Waits until every trade of the ledger up to now is in the table once. */
  const awaitTrades = () => comparison.awaitTrades({ fromMs: beganMs, untilMs: Date.now() });

  /** Waits for a state of the user's trade that is fit. */
  const awaitPriceState = async (isFit: (state: string) => boolean) =>
    await awaitAnswer(
      async () => {
        const [row] = await lake.query<{ state: string }>(
          `select price_state as state from crypto_silver.trade_valued where document_id = 'quant'`,
        );
        return row !== undefined && isFit(row.state) ? row.state : undefined;
      },
      { withinMs: 90_000, everyMs: 200 },
    );

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
    // At the end of a minute the price may be exact before the layers look.
    await awaitAnswer(() => (Date.now() % 60_000 < 40_000 ? true : undefined), { withinMs: 30_000, everyMs: 200 });
    await lake.run('trade', 'buy', 'BTC/USD', '0.5', '--user', 'quant');
    assert.equal(await awaitPriceState((state) => ['provisional', 'exact'].includes(state)), 'provisional');
  });

  it('moves the candle of the running minute on its page, and shows the last trades in the order of the ledger', async function () {
    const opened = await openBrowser();
    skipWithout(this, typeof opened === 'string' ? opened : undefined);
    const browser = opened as Browser;
    try {
      const page = await browser.newPage();
      await page.goto(await lake.link());
      await page.locator('html[data-connection="live"]').waitFor();
      await proveCandleMoves(page);
      let last: unknown;
      const same = await awaitAnswer(
        async () => {
          const shown = await shownTrades(page);
          const expected = newestTrades(exchange, 'BTC/USD', shown.at(0)?.time ?? '').slice(0, 30);
          last = { shown, expected };
          return shown.length > 0 && JSON.stringify(shown) === JSON.stringify(expected) ? true : undefined;
        },
        { withinMs: 20_000, everyMs: 200 },
      );
      assert.ok(same, JSON.stringify(last));
      const sides = await page.locator('#tape-trades tbody td:nth-child(2)').allTextContents();
      assert.deepEqual([...new Set(sides)].sort(), ['▲ buy', '▼ sell']);
    } finally {
      await browser.close();
    }
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
  });

  it('has the trades of a past once, whose backfill was killed and begun again', async () => {
    const untilMs = Math.floor(beganMs / 60_000) * 60_000 - 5 * 60_000;
    const span = { fromMs: untilMs - 120 * 60_000, untilMs };
    const iso = (time: number) => new Date(time).toISOString();
    const args = [
      'backfill',
      '--trades',
      '--source',
      'coinbase',
      '--from',
      iso(span.fromMs),
      '--to',
      iso(span.untilMs),
    ];
    const stored = async () => {
      const [row] = await lake.query<{ trades: string }>(
        `select count(*)::varchar as trades from crypto_db.market_trade
         where source = 'coinbase' and trade_time < timestamptz '${iso(untilMs)}'`,
      );
      return Number(row?.trades);
    };
    const killed = execa(join(process.cwd(), 'cryptodm'), args, {
      ...{ cwd: lake.folder, env: { ...lake.env, ...exchange.environment } },
      ...{ reject: false, stdin: 'ignore', detached: true },
    });
    const begun = await awaitAnswer(async () => ((await stored()) > 0 ? true : undefined), {
      ...{ withinMs: 60_000, everyMs: 50 },
    });
    // It can't come to its end before it is killed.
    exchange.faults.failRequests('coinbase', { count: 1_000, status: 429, retryAfter: 1 });
    assert.ok(begun, 'no trade has come');
    assert.equal(killed.exitCode, null, 'it has ended before it could be killed');
    // Its producer is in its process group.
    process.kill(-(killed.pid ?? 0), 'SIGKILL');
    await killed;
    const killedAt = iso(Date.now());
    exchange.faults.calm();
    // A batch takes what is there in all partitions: with a later trade it has all that the killed one has sent.
    const later = await awaitAnswer(
      async () => {
        const [row] = await lake.query<{ newest: boolean }>(
          `select max(trade_time) > timestamptz '${killedAt}' as newest from crypto_db.market_trade where source = 'coinbase'`,
        );
        return row?.newest === true ? true : undefined;
      },
      { withinMs: 60_000, everyMs: 100 },
    );
    assert.ok(later, 'no trade has come since');
    const some = await stored();
    const done = linesOf<{ pairs?: { new: number }[] }>(await lake.run(...args, '--json')).at(-1);
    const added = (done?.pairs ?? []).reduce((sum, { new: its }) => sum + its, 0);
    assert.ok(added > 0, 'nothing was left to get');
    await new Comparison(lake, exchange, ['coinbase'], names, 'coinbase').awaitTrades(span);
    assert.equal(await stored(), some + added, 'trades that were there were asked for again');
    await comparison.proveOnce();
  });

  it('has the trades and bars of before its first one after a backfill, which adds nothing when it is repeated', async () => {
    const fromMs = Math.floor(beganMs / 60_000) * 60_000 - 5 * 60_000;
    // A backfill asks for settled minutes: the one in which the lake began must be one of them.
    const settled = await awaitAnswer(() => (settledTo(Date.now()) >= beganMs + 60_000 ? true : undefined), {
      ...{ withinMs: 180_000, everyMs: 500 },
    });
    assert.ok(settled);
    const backfill = async (...more: string[]) => {
      const from = new Date(fromMs).toISOString();
      const said = await lake.run('backfill', '--trades', '--from', from, '--json', ...more);
      // Progress comes before it.
      const done = linesOf<{ pairs?: { source: string; coin: string; new: number; absent: number }[] }>(said).at(-1);
      return done?.pairs ?? assert.fail(said);
    };
    const found = [
      ...(await backfill('--source', 'coinbase')),
      ...(await backfill('--source', 'kraken', '--coins', 'BTC/USD')),
    ];
    assert.equal(found.length, names.length + 1);
    for (const { source, coin, new: added, absent } of found) {
      assert.ok(added > 0 && absent === 0, `${source} ${coin}: ${String(added)} new, ${String(absent)} not given`);
    }
    const span = { fromMs, untilMs: Date.now() };
    const coinbase = new Comparison(lake, exchange, ['coinbase'], names, 'coinbase');
    await coinbase.awaitTrades(span);
    await new Comparison(lake, exchange, ['kraken'], ['BTC/USD'], 'coinbase').awaitTrades(span);
    await coinbase.awaitBars({ fromMs, untilMs: beganMs + 60_000 });
    await coinbase.awaitCovered({ fromMs, untilMs: beganMs });
    assert.match(await lake.runHere('gaps', '--trades'), /No trade is missing\./);
    const again = await backfill('--coins', 'BTC/USD');
    assert.deepEqual(
      again.map(({ source, new: added }) => [source, added]),
      [
        ['coinbase', 0],
        ['kraken', 0],
      ],
    );
    await comparison.proveOnce();
  });

  it('makes the same bars of its stored trades when they are replayed', async () => {
    // Under another quote currency, so that both are in one lake.
    const sql = `select source, asset_id, 'REPLAY' as asset_type, trade_id, trade_time, price, quantity
      from crypto_db.market_trade where source = 'coinbase' and asset_id = 'BTC' order by trade_time, trade_id`;
    const file = join(lake.folder, 'btc-trades.csv');
    writeFileSync(file, await lake.runHere('query', sql, '--format', 'csv'));
    await lake.run('produce', 'quotes', '--source', `replay:${file}`, '--count', '100000');
    const compared = await awaitAnswer(
      async () => {
        const [row] = await lake.query<Record<'replayed' | 'complete' | 'same', string>>(
          `select count(*)::varchar as replayed, (count(*) filter (where replayed.complete))::varchar as complete,
                  (count(*) filter (where (replayed.open_price, replayed.high_price, replayed.low_price, replayed.price_crypto, replayed.volume,
                    replayed.vwap, replayed.trade_count) = (live.open_price, live.high_price, live.low_price, live.price_crypto, live.volume,
                    live.vwap, live.trade_count) and live.complete))::varchar as same
           from crypto_db.crypto_quote replayed join crypto_db.crypto_quote live using (asset_id, start_window)
           where replayed.asset_type = 'REPLAY' and live.asset_type = 'USD'`,
        );
        // All but the last minute, which was cut off.
        return row !== undefined && Number(row.complete) > 6 && Number(row.replayed) - Number(row.complete) <= 1
          ? row
          : undefined;
      },
      { withinMs: 30_000, everyMs: 500 },
    );
    assert.ok(compared, 'the replayed trades have no bars');
    assert.ok(Number(compared.same) >= Number(compared.complete), JSON.stringify(compared));
  });

  it('has bars and index of all its whole minutes, without a gap, and the price of a trade is exact by then', async () => {
    const over = await awaitAnswer(
      () => {
        const span = { fromMs: beganMs, untilMs: Date.now() };
        const { fromMs, untilMs } = wholeMinutes(span);
        return untilMs - fromMs >= 120_000 ? span : undefined;
      },
      { withinMs: 150_000, everyMs: 500 },
    );
    assert.ok(over);
    await comparison.awaitBars(over);
    await comparison.awaitIndex(over);
    const gaps = linesOf<{ reason: string }>(await lake.runHere('gaps', '--json'));
    assert.deepEqual(
      gaps.filter(({ reason }) => reason !== 'no trade'),
      [],
    );
    assert.equal(await awaitPriceState((state) => state === 'exact'), 'exact');
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

  for (const seed of [1, 2, 3]) {
    it(`has every trade after a kill amid the faults of seed ${String(seed)}`, async () => {
      const fromMs = Date.now();
      await runSeed(lake, exchange, { seed, venues, pairs: names, durationMs: 5_000, everyMs: 500 });
      const span = { fromMs, untilMs: Date.now() };
      await comparison.awaitTrades(span);
      await comparison.awaitNoOpenHole(span);
      await comparison.proveOnce();
    });
  }
});

/** The legend of the last candle says three things in the course of one minute. */
async function proveCandleMoves(page: Page): Promise<void> {
  const seen = new Map<string, Set<string>>();
  const moved = await awaitAnswer(
    async () => {
      const [start, text] = await page
        .locator('#legend')
        .evaluate((legend) => [legend.getAttribute('data-start') ?? '', legend.textContent ?? '']);
      const texts = seen.get(start) ?? new Set();
      seen.set(start, texts.add(text));
      return start !== '' && texts.size >= 3 ? [...texts] : undefined;
    },
    { withinMs: 30_000, everyMs: 100 },
  );
  assert.ok(moved, JSON.stringify([...seen.keys()]));
  for (const text of moved) assert.match(text, /^\d{4}-.* coinbase$/);
}

interface TapeTrade {
  source: string;
  id: string;
  time: string;
  price: number;
  side: string;
}

/** The rows of the tape, the newest first. */
async function shownTrades(page: Page): Promise<TapeTrade[]> {
  const rows = await page.locator('#tape-trades tbody tr').evaluateAll((found) =>
    found.map((row) => {
      const cells = [...row.querySelectorAll('td')];
      return cells.map((cell) => ({ text: cell.textContent ?? '', value: cell.getAttribute('data-value') ?? '' }));
    }),
  );
  return rows.map(([time, side, price, , source]) => ({
    ...{ source: source?.text ?? '', id: side?.value ?? '', time: time?.value ?? '' },
    ...{ price: Number(price?.value), side: side?.text.slice(2) ?? '' },
  }));
}

/** The trades of the last minute until then at both exchanges, the newest first. */
function newestTrades({ ledger }: Exchange, pair: string, until: string): TapeTrade[] {
  const fromMicros = (Date.now() - 60_000) * 1000;
  const all = venues.flatMap((source) =>
    ledger.trades(source, pair, fromMicros).map(({ id, time, price, side }) => ({
      ...{ source, id, time, price: Number(price), side },
    })),
  );
  const place = ({ time, source, id }: TapeTrade) => `${time} ${source} ${id}`;
  return all.filter(({ time }) => time <= until).sort((one, other) => (place(one) < place(other) ? 1 : -1));
}
