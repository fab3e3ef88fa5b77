import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, type Figure, type Scenario } from './figure.ts';
import { prepareLake } from './interruption.ts';

const restMs = 30_000;

const commands: { what: string; line: string[]; goal?: number }[] = [
  // The lower limit of every command: Node itself.
  { what: 'node alone', line: [process.execPath, '-e', '0'] },
  { what: '--help', line: ['./cryptodm', '--help'], goal: 85 },
  { what: 'status', line: ['./cryptodm', 'status'], goal: 250 },
  {
    what: 'a count by query',
    line: ['./cryptodm', 'query', 'select count(*) from crypto_db.crypto_quote'],
    goal: 250,
  },
];

/** Measures commands from exec to exit, on a lake that is up. */
export const cli: Scenario = async (tell, { smoke }) => {
  const runs = smoke ? 2 : 15;
  const lake = await prepareLake();
  try {
    await lake.run('up', '--source', 'simulate');
    // A lake that has just started still compiles its code and uses all processors.
    await sleep(smoke ? 0 : restMs);
    const measured = commands.map((command) => ({ ...command, samples: [] as number[] }));
    for (let run = 0; run <= runs; run += 1) {
      // The commands take turns, so that a slow moment of the machine does not hit one of them alone.
      for (const { line, samples } of measured) {
        const [command = '', ...args] = line;
        const started = performance.now();
        const { status } = spawnSync(command, args, { env: { ...process.env, ...lake.env }, stdio: 'ignore' });
        if (status !== 0) throw new Error(`${line.join(' ')} ended with ${String(status)}`);
        // The first run only warms the page cache.
        if (run > 0) samples.push(performance.now() - started);
      }
    }
    return measured.map(({ what, line, goal, samples }): Figure => {
      tell(`${line.join(' ')}: ${samples.map((sample) => sample.toFixed(0)).join(' ')} ms`);
      return { what: `${what}, median`, value: quantile(samples, 0.5), unit: 'ms', goal };
    });
  } finally {
    await lake.remove();
  }
};
