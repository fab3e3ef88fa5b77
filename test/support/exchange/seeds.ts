import assert from 'node:assert/strict';
import { TestLake } from '../lake.ts';
import { Comparison, type Span } from './comparison.ts';
import { Exchange } from './exchange.ts';
import { minuteOf } from './minute-sum.ts';
import type { Venue } from './product.ts';
import { runSeed } from './seed.ts';

const names = ['BTC/USD', 'ETH/USD', 'YFI/USD'];
const pairs = ['BTC/USD', 'ETH/USD', { pair: 'YFI/USD', rate: 0.1 }];

export interface SeedsOptions {
  /** the bars are made of the trades of the first */
  venues: readonly [Venue, Venue];
  seeds: readonly number[];
  durationMs: number;
}

/** A lake that follows an exchange through one seed after the other. After each of them it has what truly happened. */
export function describeSeeds({ venues, seeds, durationMs }: SeedsOptions): void {
  describe(`a lake whose exchanges do wrong, bars of ${venues[0]}`, function () {
    this.timeout(600_000);
    let lake: TestLake;
    let exchange: Exchange;
    let comparison: Comparison;
    let beganMs: number;
    let fromMs: number;

    before(async () => {
      exchange = await new Exchange({ venues, pairs, rate: 200, seed: seeds[0] ?? 1 }).start();
      lake = await TestLake.prepare();
      await raise();
      comparison = new Comparison(lake, exchange, venues, names, venues[0]);
      beganMs = fromMs = await comparison.begin();
    });

    after(async () => {
      await lake.remove();
      await exchange.close();
    });

    async function raise(): Promise<void> {
      const { environment: env } = exchange;
      const ran = await lake.try(['up', '--source', venues.join(','), '--coins', names.join(',')], { env });
      assert.equal(ran.code, 0, ran.stderr);
    }

    /** The kills of many seeds are deaths in a row, after which a supervisor waits for a person. */
    async function raiseGivenUp(): Promise<void> {
      const { parts } = await lake.status();
      if (parts.find(({ id }) => id === 'producer-quotes')?.state === 'failed') await raise();
    }

    /** Says what was done wrong when something differs, so that it can be repeated. */
    async function compare(what: string, sinceMs: number, equal: () => Promise<unknown>): Promise<void> {
      try {
        await equal();
      } catch (error) {
        const done = exchange.faults.log.filter(({ atMs }) => atMs >= sinceMs);
        const lines = done.map(({ atMs, kind, venue, pair, detail, ids }) =>
          [new Date(atMs).toISOString(), kind, venue, pair, detail, ids?.[0], ids?.at(-1)].filter(Boolean).join(' '),
        );
        const said = `${what}: ${error instanceof Error ? error.message : String(error)}\n${lines.join('\n')}`;
        process.stderr.write(`${said}\n`);
        throw new Error(said, { cause: error });
      }
    }

    for (const seed of seeds) {
      it(`has every trade and every bar after seed ${String(seed)}`, async () => {
        const sinceMs = Date.now();
        await runSeed(lake, exchange, { seed, venues, pairs: names, durationMs, everyMs: 1500 });
        await raiseGivenUp();
        const span: Span = { fromMs, untilMs: Date.now() };
        await compare('trades', sinceMs, () => comparison.awaitTrades(span));
        await compare('holes', sinceMs, () => comparison.awaitNoOpenHole(span));
        await compare('bars', sinceMs, () => comparison.awaitBars(span, minutesOfLost()));
        await compare('index', sinceMs, () => comparison.awaitIndex(span));
        // Late trades have times of minutes before.
        fromMs = Math.max(beganMs, span.untilMs - 180_000);
      });
    }

    it('lists the lost trades, and has the sums of all minutes', async () => {
      const span: Span = { fromMs: beganMs, untilMs: Date.now() };
      await compare('trades', 0, () => comparison.awaitTrades(span));
      await compare('absent', 0, () => comparison.awaitAbsent(lost().flatMap(({ ids = [] }) => ids)));
      await compare('bars', 0, () => comparison.awaitBars(span, minutesOfLost()));
      await compare('silver', 0, () => comparison.awaitSilver(span, minutesOfLost()));
      await compare('candles', 0, () => comparison.awaitCandles(span));
      await compare('index', 0, () => comparison.awaitIndex(span));
      await compare('coverage', 0, () => comparison.awaitCovered(span));
      await comparison.proveOnce();
    });

    function lost() {
      return exchange.faults.log.filter(({ kind }) => kind === 'lost');
    }

    /** A minute with an id that nobody has may stay incomplete; one trade a pair and minute is enough to tell which. */
    function minutesOfLost(): Set<string> {
      const minutes = lost().flatMap(({ venue, pair = '', ids = [], atMicros }) => {
        if (venue !== venues[0]) return [];
        const [first = '', last = ''] = [ids[0], ids.at(-1)];
        const trades = exchange.ledger.trades(venue, pair, atMicros - 120e6);
        const before = trades.filter(({ id }) => BigInt(id) < BigInt(first)).at(-1)?.micros ?? atMicros;
        const after = trades.find(({ id }) => BigInt(id) > BigInt(last))?.micros ?? Date.now() * 1000;
        const found: string[] = [];
        for (let at = minuteOf(Math.min(before, atMicros)); at <= after; at += 60e6)
          found.push(`${pair} ${new Date(at / 1000).toISOString().replace('.000Z', 'Z')}`);
        return found;
      });
      return new Set(minutes);
    }
  });
}
