import { awaitAnswer } from '../src/tools/waiting.ts';
import type { TestLake } from '../test/support/lake.ts';
import { quantile, type Figure, type Scenario } from './figure.ts';
import { interrupted, prepareLake } from './interruption.ts';
import { verifyTrades, within } from './market-check.ts';
import { MarketExchange, type LedgerTrade } from './market-exchange.ts';
import { MarketReaders, nameWindow, places, type Place } from './market-readers.ts';
import { describeShares, watchShares } from './shares.ts';

type Tell = (line: string) => void;

const minute = 60_000;
const candle = 5 * minute;
const pairs = ['BTC/USD', 'ETH/USD', 'SOL/USD', 'LTC/USD', 'DOGE/USD'];

interface Pace {
  /** trades a second over all pairs */
  rate: number;
  /** seconds that are not counted */
  warmUp: number;
  /** seconds that are counted */
  seconds: number;
}

const paces: Pace[] = [
  { rate: 20, warmUp: 30, seconds: 120 },
  { rate: 1000, warmUp: 30, seconds: 120 },
];

/** Upper limits of p50 and p99 in seconds. */
const goals: Record<Place, readonly [number, number]> = {
  Elasticsearch: [0.5, 1.0],
  page: [0.5, 1.0],
  market_trade: [0.6, 1.2],
  candle: [1.5, 3.0],
};

const titles: Record<Place, string> = {
  Elasticsearch: 'trade to price in Elasticsearch',
  page: "trade to price on the page's event stream",
  market_trade: 'trade to row of market_trade',
  candle: 'trade to running candle of 5 minutes',
};

/**
 * Measures how long after it has happened at an exchange each trade is in the price that the index and the page show, in its table, and in the
 * running candle of gold. The exchange is a process of its own on the same machine. When a trade happened is known from its ledger; a bar or
 * candle has a trade when its number of trades says so, a table when the catalog points to a commit with the id or a later one.
 */
export const marketFreshness: Scenario = async (tell, { smoke, rate, minutes }) => {
  const wanted = rate === undefined ? paces : [{ rate, warmUp: 30, seconds: 120 }];
  const figures: Figure[] = [];
  for (const pace of smoke ? [{ rate: rate ?? 20, warmUp: 1, seconds: 5 }] : wanted)
    figures.push(...(await measure({ ...pace, seconds: minutes === undefined ? pace.seconds : 60 * minutes }, tell)));
  return figures;
};

async function measure(pace: Pace, tell: Tell): Promise<Figure[]> {
  const exchange = await MarketExchange.start({ pairs, rate: pace.rate });
  const lake = await prepareLake(exchange.environment);
  let readers: MarketReaders | undefined;
  try {
    await lake.run('up', '--source', 'coinbase', '--coins', pairs.join(','));
    readers = await MarketReaders.open(lake, pairs.length);
    await firstMinutes(lake);
    const fromMs = Date.now() + pace.warmUp * 1000;
    const toMs = fromMs + pace.seconds * 1000;
    await until(fromMs, readers, exchange);
    const shares = await watchShares(lake, { exchange: exchange.engine.pid });
    await until(toMs, readers, exchange);
    const used = shares();
    tell(`${String(pace.rate)} trades/s, shares of a core: ${describeShares(used)}`);
    const begun = await firstMinutes(lake);
    const trades = pairs.flatMap((pair) => placesOf(pair, begun, exchange, fromMs, toMs));
    const latencies = await latenciesOf(trades, readers, exchange);
    const rows = await verifyTrades(lake, exchange, fromMs, toMs);
    tell(`${String(rows)} trades, equal to the ledger; the producer had ${await describeSending(lake, fromMs, toMs)}`);
    return figuresOf(pace, latencies, used.get('spark') ?? NaN);
  } finally {
    await readers?.stop();
    await lake.remove();
    await exchange.stop();
  }
}

/** The first minute of each pair that has a bar. */
async function firstMinutes(lake: TestLake): Promise<Map<string, number>> {
  const found = await awaitAnswer(
    async () => {
      const rows = await lake.query<{ pair: string; first: string }>(
        `select asset_id || '/' || asset_type as pair, epoch_ms(min(start_window))::varchar as first
         from crypto_db.crypto_quote where source = 'coinbase' group by all`,
      );
      return rows.length === pairs.length ? rows : undefined;
    },
    { withinMs: 150_000, everyMs: 1000, signal: interrupted },
  );
  if (found === undefined) throw new Error('not all pairs have a bar');
  return new Map(found.map(({ pair, first }) => [pair, Number(first)]));
}

async function until(ms: number, readers: MarketReaders, exchange: MarketExchange): Promise<void> {
  await awaitAnswer(
    () => {
      readers.check();
      exchange.engine.check();
      return Date.now() >= ms ? true : undefined;
    },
    { withinMs: Infinity, everyMs: 100, signal: interrupted },
  );
}

/** Where a trade is to be found. */
interface Wanted {
  at: number;
  heights: Record<Place, readonly [what: string, height: number]>;
}

/** The trades of a pair with their places in the count of their minute and candle; a candle counts from the first minute with a bar. */
function placesOf(
  pair: string,
  begun: ReadonlyMap<string, number>,
  exchange: MarketExchange,
  fromMs: number,
  toMs: number,
): Wanted[] {
  const first = Math.max(begun.get(pair) ?? 0, Math.floor(fromMs / candle) * candle);
  const counts = new Map<string, number>();
  const count = (name: string) => {
    const next = (counts.get(name) ?? 0) + 1;
    counts.set(name, next);
    return [name, next] as const;
  };
  const place = ({ id, at }: LedgerTrade): Wanted => {
    const inMinute = count(nameWindow(pair, Math.floor(at / minute) * minute));
    const [, inCandle] = count(`candle ${String(Math.floor(at / candle))}`);
    const running = [nameWindow(pair, Math.floor(at / candle) * candle), inCandle] as const;
    return { at, heights: { Elasticsearch: inMinute, page: inMinute, market_trade: [pair, id], candle: running } };
  };
  return exchange
    .trades(pair, first, toMs)
    .map(place)
    .filter(({ at }) => at >= fromMs);
}

/** Milliseconds by place. @throws Error when something is not seen within a minute */
async function latenciesOf(
  trades: Wanted[],
  readers: MarketReaders,
  exchange: MarketExchange,
): Promise<Record<Place, number[]>> {
  const seenAt = (place: Place, { heights }: Wanted) => readers.sightings[place].at(...heights[place]);
  const missing = () => {
    readers.check();
    exchange.engine.check();
    return places.filter((place) => trades.some((trade) => seenAt(place, trade) === undefined));
  };
  const all = await awaitAnswer(() => (missing().length === 0 ? true : undefined), {
    ...{ withinMs: 60_000, everyMs: 500, signal: interrupted },
  });
  if (all === undefined) throw new Error(`trades were never seen in ${missing().join(', ')}`);
  const of = (place: Place) => trades.map((trade) => (seenAt(place, trade) ?? NaN) - trade.at);
  return Object.fromEntries(places.map((place) => [place, of(place)])) as Record<Place, number[]>;
}

/** How long after they happened the producer had the trades. */
async function describeSending(lake: TestLake, fromMs: number, toMs: number): Promise<string> {
  const [row] = await lake.query<{ half: string; most: string }>(
    `select quantile_cont(ms, 0.5)::varchar as half, quantile_cont(ms, 0.99)::varchar as most
     from (select (epoch_us(seen_at) - epoch_us(trade_time)) / 1000 as ms from crypto_db.market_trade
           where ${within(fromMs, toMs)})`,
  );
  return `half after ${Number(row?.half).toFixed(0)} ms, 99 of 100 after ${Number(row?.most).toFixed(0)} ms`;
}

function figuresOf({ rate }: Pace, latencies: Record<Place, number[]>, share: number): Figure[] {
  const pace = `${String(rate)}/s`;
  const figures = places.flatMap((place) =>
    [0.5, 0.99].map((q, at) => ({
      what: `${titles[place]}, ${pace}, p${String(q * 100)}`,
      value: quantile(latencies[place], q) / 1000,
      unit: 's' as const,
      goal: goals[place][at],
    })),
  );
  return [...figures, { what: `processor of the jobs, ${pace}, share of a core`, value: share, unit: '%' }];
}
