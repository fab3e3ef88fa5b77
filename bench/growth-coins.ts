import { layOut } from '../src/local/layout.ts';
import { Batches } from './batches.ts';
import { peakBytes } from './engine.ts';
import { compareSizes, type Scenario } from './figure.ts';
import { prepareLake } from './interruption.ts';
import { requireAllKeys } from './lake-keys.ts';
import { sendSteadily } from './load.ts';
import { LastCloses } from './quotes.ts';

const topic = 'coinbase-currencies';
const rate = 1000;
const sizes = [2, 5000];
/** Far above the duration of a batch with the most coins. */
const batchWithinMs = 120_000;
const jobs = ['quotes-iceberg', 'quotes-elasticsearch', 'lake-layers'];

interface Measured {
  /** milliseconds of each batch, by job */
  batches: Map<string, number[]>;
  /** memory of the process that runs all jobs, in bytes */
  peak: number;
}

/** Compares the whole lake with two coins and with 5,000, at the same events a second. */
export const growthCoins: Scenario = async (tell, { smoke }) => {
  const seconds = smoke ? { warmUp: 2, counted: 8 } : { warmUp: 20, counted: 90 };
  const [few, many] = [await measure(sizes[0] ?? 0), await measure(sizes[1] ?? 0)];
  const names = sizes.map((size) => `${size.toLocaleString('en')} coins`);
  return [
    ...jobs.flatMap((job) => {
      const of = ({ batches }: Measured) => batches.get(job) ?? [];
      return compareSizes(`batch of ${job}`, names, of(few), of(many));
    }),
    ...compareSizes('peak memory of all jobs', names, [few.peak / 1e6], [many.peak / 1e6], 'MB'),
  ];

  async function measure(coins: number): Promise<Measured> {
    const lake = await prepareLake();
    const layout = layOut(lake.data);
    const watches = new Map<string, Batches>();
    try {
      await lake.run('up', '--no-produce');
      const pid = await lake.pidOf('spark');
      for (const job of jobs) watches.set(job, new Batches(layout.jobProgress(job)));
      const closes = new LastCloses();
      await sendSteadily(lake.broker, topic, { rate, coins, seconds: seconds.warmUp }, closes);
      for (const watch of watches.values()) watch.take();
      await sendSteadily(lake.broker, topic, { rate, coins, seconds: seconds.counted }, closes);
      const batches = new Map<string, number[]>();
      for (const [job, watch] of watches) batches.set(job, await watch.takeSome(batchWithinMs));
      await lake.settle();
      const peak = peakBytes(pid);
      const keys = await requireAllKeys(lake);
      const counts = [...batches].map(([job, { length }]) => `${String(length)} of ${job}`).join(', ');
      tell(`${String(coins)} coins: ${String(keys)} rows, batches: ${counts}`);
      return { batches, peak };
    } finally {
      for (const watch of watches.values()) await watch.stop();
      await lake.remove();
    }
  }
};
