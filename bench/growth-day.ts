import { setTimeout as pause } from 'node:timers/promises';
import type { TestLake } from '../test/support/lake.ts';
import { layOut } from '../src/local/layout.ts';
import { Batches } from './batches.ts';
import { rssBytes } from './engine.ts';
import { compareSizes, type Figure, type Scenario } from './figure.ts';
import { interrupted, prepareLake } from './interruption.ts';
import { requireAllKeys } from './lake-keys.ts';
import { pairOf } from './quotes.ts';

const coins = Array.from({ length: 20 }, (_, coin) => pairOf(coin)).join(',');
/** As docs/decisions/0016 found them in a day of a commit a minute: 20 data and 21 delete files. */
const mostFiles = 41;
/** Snapshots of 15 minutes with a commit at each trigger of 0.7 s; most older ones are expired (docs/decisions/0016). */
const mostSnapshots = 1300;

interface Sample {
  /** share of the day that is over, 0 to 1 */
  at: number;
  /** memory of the process that runs all jobs, in bytes */
  rss: number;
  /** milliseconds of the batches of quotes-iceberg since the last sample */
  batches: number[];
  /** of the table with the most snapshots */
  files: number;
  snapshots: number;
}

/** Sends 24 hours of 20 coins into the whole lake, simulated at 120 times the real speed. */
export const growthDay: Scenario = async (tell, { smoke }) => {
  const speed = smoke ? 2880 : 120;
  const seconds = 86_400 / speed;
  const lake = await prepareLake();
  try {
    await lake.run('up', '--no-produce', '--coins', coins);
    const pace = ['--speed', String(speed), '--duration', `${String(seconds)}s`];
    const producing = lake.run('produce', 'quotes', '--source', 'simulate', ...pace);
    const samples = await watch(lake, producing, seconds);
    await lake.settle();
    const keys = await requireAllKeys(lake);
    for (const { at, rss, files, snapshots } of samples)
      tell(`${(at * 24).toFixed(1)} h: ${mb(rss)} MB, at most ${String(files)} files, ${String(snapshots)} snapshots`);
    return figuresOf(samples, keys);
  } finally {
    await lake.remove();
  }
};

async function watch(lake: TestLake, producing: Promise<unknown>, seconds: number): Promise<Sample[]> {
  const pid = await lake.pidOf('spark');
  const batches = new Batches(layOut(lake.data).jobProgress('quotes-iceberg'));
  const samples: Sample[] = [];
  const begun = performance.now();
  let done = false;
  const ended = producing.finally(() => (done = true));
  ended.catch(() => undefined);
  try {
    while (!done) {
      await Promise.race([pause((seconds / 48) * 1000, undefined, { signal: interrupted }), ended]);
      const { tables } = await lake.status();
      samples.push({
        at: (performance.now() - begun) / 1000 / seconds,
        rss: rssBytes(pid),
        batches: batches.take(),
        files: Math.max(...tables.map(({ files, deletes }) => files + deletes)),
        snapshots: Math.max(...tables.map(({ snapshots }) => snapshots)),
      });
    }
    await ended;
    return samples;
  } finally {
    await batches.stop();
  }
}

function figuresOf(samples: Sample[], keys: number): Figure[] {
  const third = samples.filter(({ at }) => at > 0.25 && at < 0.42);
  const end = samples.filter(({ at }) => at > 0.83);
  const when = ['after a third', 'at the end'];
  const memory = (some: Sample[]) => some.map(({ rss }) => rss / 1e6);
  const millis = (some: Sample[]) => some.flatMap(({ batches }) => batches);
  const most = (name: 'files' | 'snapshots') => Math.max(...samples.map((sample) => sample[name]));
  return [
    ...compareSizes('memory of all jobs', when, memory(third), memory(end), 'MB'),
    ...compareSizes('batch of quotes-iceberg', when, millis(third), millis(end)),
    { what: 'most files of a table (data and deletes)', value: most('files'), unit: 'files', goal: mostFiles },
    { what: 'most snapshots of a table', value: most('snapshots'), unit: 'snapshots', goal: mostSnapshots },
    { what: 'keys in the topic, rows and documents (equal)', value: keys, unit: 'rows' },
  ];
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
