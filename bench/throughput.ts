import { setTimeout as pause } from 'node:timers/promises';
import { quantile, type Scenario } from './figure.ts';
import { prepareLake } from './interruption.ts';
import { requireAllKeys } from './lake-keys.ts';

const coins = Array.from({ length: 500 }, (_, at) => `C${String(at).padStart(3, '0')}/USD`).join(',');
const rate = 1000;

/** Sends 1,000 quotes a second for two minutes, revisions of the current minute over 500 coins; then compares the tables with the topic. */
export const throughput: Scenario = async (tell, { smoke }) => {
  const seconds = smoke ? 15 : 120;
  const lake = await prepareLake();
  try {
    await lake.run('up', '--source', 'simulate', '--coins', coins);
    await lake.run('produce', '--stop');
    const producing = lake.run(
      'produce',
      'quotes',
      '--source',
      'simulate',
      '--rate',
      String(rate),
      '--duration',
      `${String(seconds)}s`,
      '--json',
    );
    const lags: number[] = [];
    let done = false;
    const ended = producing.finally(() => (done = true));
    ended.catch(() => undefined);
    while (!done) {
      await Promise.race([pause(5000), ended]);
      const { jobs } = await lake.status();
      const lag = Math.max(...jobs.filter((job) => job.id.startsWith('quotes')).map((job) => job.lag ?? 0));
      if (!done) lags.push(lag);
      tell(`lag ${String(lag)}; ${jobs.map((job) => `${job.id} batch ${String(job.lastBatchMs ?? 0)} ms`).join(', ')}`);
    }
    const { acknowledged } = JSON.parse((await ended).split('\n').at(-1) ?? '{}') as { acknowledged: number };
    const { parts } = await lake.settle();
    const keys = await requireAllKeys(lake);
    const half = Math.floor(lags.length / 2);
    return [
      { what: 'acknowledged per second', value: acknowledged / seconds, unit: 'events/s' },
      { what: 'lag of the slower job, first half, median', value: quantile(lags.slice(0, half), 0.5), unit: 'events' },
      { what: 'lag of the slower job, second half, median', value: quantile(lags.slice(half), 0.5), unit: 'events' },
      { what: 'keys in the topic, rows and documents (equal)', value: keys, unit: 'events' },
      {
        what: 'memory of the Spark process',
        value: (parts.find((part) => part.id === 'spark')?.memoryBytes ?? 0) / 1e6,
        unit: 'MB',
      },
    ];
  } finally {
    await lake.remove();
  }
};
