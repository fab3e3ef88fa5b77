import { setTimeout as pause } from 'node:timers/promises';
import type { TestLake } from '../test/support/lake.ts';
import { layOut } from '../src/local/layout.ts';
import { Batches } from './batches.ts';
import { compareSizes, type Figure, type Scenario } from './figure.ts';
import { interrupted, prepareLake } from './interruption.ts';
import { pairOf } from './quotes.ts';

const coins = Array.from({ length: 50 }, (_, coin) => pairOf(coin)).join(',');
const minute = 60_000;

interface Minute {
  /** milliseconds of the runs of the layers */
  runs: number[];
  /** proportional memory of all parts, in bytes */
  memory: number;
  /** commits that the layers had not taken at its end */
  lag: number;
}

/** Sends 1,000 trades a second for longer than an hour into the whole lake: a run of the layers must cost the same at its end. */
export const growthTrades: Scenario = async (tell, { smoke, rate = 1000, minutes = smoke ? 1 : 70 }) => {
  const lake = await prepareLake();
  try {
    await lake.run('up', '--no-produce', '--coins', coins, '--source', 'simulate');
    const pace = ['--duration', `${String(minutes)}m`];
    const producing = Promise.all([
      lake.run('produce', 'quotes', '--source', 'simulate', '--rate', '20', ...pace),
      lake.run('produce', 'trades', '--rate', String(rate), ...pace),
    ]);
    const watched = await watch(lake, producing, minutes, tell);
    await lake.settleLayers();
    const [rows] = await lake.query<{ bronze: string; silver: string; gold: string }>(
      `select (select count(*) from crypto_db.crypto_trader) as bronze, (select count(*) from crypto_silver.trade_valued) as silver,
              (select cast(sum(trades) as bigint) from crypto_gold.trade_volume where period = '1h') as gold`,
    );
    if (rows === undefined || rows.bronze !== rows.silver || rows.bronze !== rows.gold)
      throw new Error(`trades of bronze, silver and gold differ: ${JSON.stringify(rows)}`);
    return [
      ...figuresOf(watched),
      { what: 'trades in bronze, silver and gold (equal)', value: Number(rows.bronze), unit: 'rows' },
    ];
  } finally {
    await lake.remove();
  }
};

async function watch(
  lake: TestLake,
  producing: Promise<unknown>,
  minutes: number,
  tell: (line: string) => void,
): Promise<Minute[]> {
  const runs = new Batches(layOut(lake.data).jobProgress('lake-layers'));
  const watched: Minute[] = [];
  let isDone = false;
  const ended = producing.finally(() => (isDone = true));
  ended.catch(() => undefined);
  try {
    while (!isDone) {
      await Promise.race([pause(minute, undefined, { signal: interrupted }), ended]);
      const { parts, jobs } = await lake.status();
      const seen: Minute = {
        runs: runs.take(),
        memory: parts.reduce((sum, part) => sum + (part.memoryBytes ?? 0), 0),
        lag: jobs.find((job) => job.id === 'lake-layers')?.lag ?? NaN,
      };
      watched.push(seen);
      const longest = Math.max(0, ...seen.runs);
      tell(
        `minute ${String(watched.length)} of ${String(minutes)}: ${String(seen.runs.length)} runs of at most ${String(longest)} ms, lag ${String(seen.lag)}, ${(seen.memory / 1e6).toFixed(0)} MB`,
      );
    }
    await ended;
    return watched;
  } finally {
    await runs.stop();
  }
}

function figuresOf(watched: Minute[]): Figure[] {
  const runs = (some: Minute[]) => some.flatMap((its) => its.runs);
  // Minutes 4 to 6, and the last three.
  const [early, late] = [watched.slice(3, 6), watched.slice(-3)];
  return [
    ...compareSizes(
      'run of the layers',
      ['minute 5', 'at the end'],
      runs(early.length > 0 ? early : watched),
      runs(late),
    ),
    {
      what: 'most commits that the layers had not taken',
      value: Math.max(...watched.map(({ lag }) => lag)),
      unit: 'events',
    },
    {
      what: 'memory of all parts (proportional)',
      value: Math.max(...watched.map(({ memory }) => memory)) / 1e6,
      unit: 'MB',
      goal: 1400,
    },
  ];
}
