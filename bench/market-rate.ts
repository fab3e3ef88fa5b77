import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { layOut } from '../src/local/layout.ts';
import { pathOfLocation } from '../src/local/tables/catalog.ts';
import { readJobProgress } from '../src/tools/progress.ts';
import { awaitAnswer } from '../src/tools/waiting.ts';
import type { TestLake } from '../test/support/lake.ts';
import { quantile, type Figure, type Scenario } from './figure.ts';
import { interrupted, prepareLake } from './interruption.ts';
import { verifyTrades } from './market-check.ts';
import { MarketExchange } from './market-exchange.ts';
import { describeShares, watchShares } from './shares.ts';
import { pointerOf, TableReading } from './table-reading.ts';

type Tell = (line: string) => void;

const minute = 60_000;
const pairs = ['BTC/USD', 'ETH/USD', 'SOL/USD', 'LTC/USD', 'DOGE/USD'];
const table = 'crypto_db.market_trade';

interface Sample {
  /** by `performance.now()` */
  at: number;
  /** trades that had happened, by pair */
  happened: ReadonlyMap<string, number>;
  /** rows of the table */
  rows: number;
  /** proportional memory of all parts, in bytes */
  memory: number;
}

/**
 * Lets an exchange trade at a steady rate into the whole lake: its table must not fall behind. How far it is behind is counted from what has
 * happened at the exchange, so what waits in the producer or on its way there counts too.
 */
export const marketRate: Scenario = async (tell, options) => {
  const { smoke, rate = smoke ? 200 : 5000, minutes = smoke ? 0.1 : 10 } = options;
  // Its pace rises and falls by 30 % over minutes.
  const exchange = await MarketExchange.start({ pairs, rate: 1.25 * rate });
  const lake = await prepareLake(exchange.environment);
  try {
    await lake.run('up', '--source', 'coinbase', '--coins', pairs.join(','));
    await awaitRows(lake, exchange, 1, 60_000);
    await pause(smoke ? 1000 : minute / 2, undefined, { signal: interrupted });
    const shares = await watchShares(lake, { exchange: exchange.engine.pid });
    const [fromMs, untilMs] = [Date.now(), Date.now() + minutes * minute];
    const samples = await watch(lake, exchange, untilMs, rate, tell);
    tell(`shares of a core: ${describeShares(shares())}`);
    const first = await firstIndexes(lake, exchange);
    const wanted = [...exchange.counts()].reduce((sum, [pair, count]) => sum + count - (first.get(pair) ?? 0), 0);
    await awaitRows(lake, exchange, wanted, 5 * minute);
    const trades = await verifyTrades(lake, exchange, fromMs, untilMs);
    const behind = samples.map((sample) => lagOf(sample, first));
    return [
      ...figuresOf(behind, samples, rate),
      { what: 'trades at the exchange, mean', value: paceOf(samples), unit: 'trades/s', goal: rate },
      { what: 'trades in the table (equal to the ledger)', value: trades, unit: 'rows' },
      ...(await bytesOf(lake)),
    ];
  } finally {
    await lake.remove();
    await exchange.stop();
  }
};

async function watch(
  lake: TestLake,
  exchange: MarketExchange,
  untilMs: number,
  rate: number,
  tell: Tell,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const begun = Date.now();
  const everyMs = Math.max(1000, Math.min(10_000, (untilMs - begun) / 12));
  let before: Sample | undefined;
  while (Date.now() < untilMs) {
    await pause(everyMs, undefined, { signal: interrupted });
    exchange.engine.check();
    const happened = exchange.counts();
    const rows = rowsOf(lake);
    const { parts, resident } = await lake.status();
    const memory = parts.reduce((sum, part) => sum + (part.memoryBytes ?? 0), resident?.memoryBytes ?? 0);
    const sample = { at: performance.now(), happened, rows, memory };
    samples.push(sample);
    if (before !== undefined) {
      const done = ((rows - before.rows) / (sample.at - before.at)) * 1000;
      tell(
        `${((Date.now() - begun) / 1000).toFixed(0)} s: ${done.toFixed(0)} rows/s of ${String(rate)}, ${(memory / 1e6).toFixed(0)} MB`,
      );
    }
    before = sample;
  }
  return samples;
}

function rowsOf(lake: TestLake): number {
  return readJobProgress(layOut(lake.data).jobProgress('market-iceberg'))?.tableRows ?? 0;
}

async function awaitRows(lake: TestLake, exchange: MarketExchange, rows: number, withinMs: number): Promise<void> {
  const all = await awaitAnswer(
    () => {
      exchange.engine.check();
      return rowsOf(lake) >= rows ? true : undefined;
    },
    { withinMs, everyMs: 200, signal: interrupted },
  );
  if (all === undefined)
    throw new Error(
      `the table has ${String(rowsOf(lake))} rows after ${String(withinMs / 1000)} s, not ${String(rows)}`,
    );
}

/** Where the rows of each pair begin in its count. */
async function firstIndexes(lake: TestLake, exchange: MarketExchange): Promise<Map<string, number>> {
  const rows = await lake.query<{ pair: string; first: string }>(
    `select asset_id || '/' || asset_type as pair, min(trade_id)::varchar as first from ${table} group by all`,
  );
  return new Map(rows.map(({ pair, first }) => [pair, exchange.indexOf(pair, Number(first))]));
}

/** Trades that had happened and were not in the table. */
function lagOf({ happened, rows }: Sample, first: ReadonlyMap<string, number>): number {
  return [...happened].reduce((sum, [pair, count]) => sum + count - (first.get(pair) ?? 0), 0) - rows;
}

function paceOf(samples: Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || first === last) return NaN;
  const total = ({ happened }: Sample) => [...happened.values()].reduce((sum, count) => sum + count, 0);
  return ((total(last) - total(first)) / (last.at - first.at)) * 1000;
}

function figuresOf(behind: number[], samples: Sample[], rate: number): Figure[] {
  const third = Math.max(1, Math.floor(behind.length / 3));
  const [early, late] = [quantile(behind.slice(0, third), 0.5), quantile(behind.slice(-third), 0.5)];
  const seconds = (trades: number) => trades / rate;
  const lag = `the table is behind the exchange, ${String(rate)}/s`;
  return [
    { what: `${lag}, first third, median`, value: seconds(early), unit: 's', samples: behind.map(seconds) },
    { what: `${lag}, last third, median`, value: seconds(late), unit: 's' },
    { what: `${lag}, ratio`, value: late / early, unit: 'x', goal: 1.3 },
    { what: `${lag}, at most`, value: seconds(Math.max(...behind)), unit: 's' },
    {
      what: 'memory of all parts (proportional), at most',
      value: Math.max(...samples.map(({ memory }) => memory)) / 1e6,
      unit: 'MB',
      goal: 1400,
    },
  ];
}

/** Bytes of a trade after maintenance: in the files of the table's present state, and in its folder, which also keeps the states before. */
async function bytesOf(lake: TestLake): Promise<Figure[]> {
  await lake.run('optimize-iceberg', '--table', table);
  const { catalog, warehouse } = layOut(lake.data);
  const metadata = await pointerOf(catalog, table);
  if (metadata === undefined) throw new Error(`${table} is gone`);
  const reading = await TableReading.open(warehouse);
  try {
    const [row] = await lake.query<{ n: string }>(`select count(*)::varchar as n from ${table}`);
    const rows = Number(row?.n);
    const folder = dirname(dirname(pathOfLocation(metadata)));
    return [
      { what: 'bytes a trade, present files', value: (await reading.bytes(metadata)) / rows, unit: 'bytes', goal: 60 },
      { what: 'bytes a trade, with the states of 7 days', value: sizeOf(folder) / rows, unit: 'bytes' },
    ];
  } finally {
    reading.close();
  }
}

function sizeOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + size(join(parentPath, name)), 0);
}
