import { spawnSync } from 'node:child_process';
import { quantile, type Scenario } from './figure.ts';
import { prepareLake } from './interruption.ts';

/** Whole processes, from exec to exit, on a lake that is up. */
export const cli: Scenario = async (tell, { smoke }) => {
  const runs = smoke ? 2 : 15;
  const lake = await prepareLake();
  try {
    await lake.run('up', '--source', 'simulate');
    const time = (command: string, args: string[]) => {
      const samples: number[] = [];
      for (let run = 0; run <= runs; run += 1) {
        const started = performance.now();
        const { status } = spawnSync(command, args, { env: { ...process.env, ...lake.env }, stdio: 'ignore' });
        if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(status)}`);
        // The first one warms the page cache.
        if (run > 0) samples.push(performance.now() - started);
      }
      tell(`${command} ${args.join(' ')}: ${samples.map((sample) => sample.toFixed(0)).join(' ')} ms`);
      return quantile(samples, 0.5);
    };
    return [
      // What no command written for Node can go below.
      { what: 'node alone, median', value: time(process.execPath, ['-e', '0']), unit: 'ms' },
      { what: '--help, median', value: time('./cryptodm', ['--help']), unit: 'ms', goal: 85 },
      { what: 'status, median', value: time('./cryptodm', ['status']), unit: 'ms', goal: 250 },
      {
        what: 'a count by query, median',
        value: time('./cryptodm', ['query', 'select count(*) from crypto_db.crypto_quote']),
        unit: 'ms',
        goal: 250,
      },
    ];
  } finally {
    await lake.remove();
  }
};
