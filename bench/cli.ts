import { execa } from 'execa';
import { TestLake } from '../test/support/lake.ts';
import { quantile, type Scenario } from './figure.ts';

const runs = 15;

/** Whole processes, from exec to exit, on a lake that is up. */
export const cli: Scenario = async (tell) => {
  const lake = await TestLake.prepare();
  try {
    await lake.run('up', '--source', 'simulate');
    const time = async (args: string[]) => {
      const samples: number[] = [];
      for (let run = 0; run <= runs; run += 1) {
        const started = performance.now();
        await execa('./cryptodm', args, { env: lake.env });
        // The first one warms the page cache.
        if (run > 0) samples.push(performance.now() - started);
      }
      tell(`${args.join(' ')}: ${samples.map((sample) => sample.toFixed(0)).join(' ')} ms`);
      return quantile(samples, 0.5);
    };
    return [
      { what: '--help, median', value: await time(['--help']), unit: 'ms', goal: 100 },
      { what: 'status, median', value: await time(['status']), unit: 'ms', goal: 500 },
      {
        what: 'a count by query, median',
        value: await time(['query', 'select count(*) from crypto_db.crypto_quote']),
        unit: 'ms',
        goal: 500,
      },
    ];
  } finally {
    await lake.remove();
  }
};
