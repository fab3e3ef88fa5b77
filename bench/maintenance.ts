import { readFileSync } from 'node:fs';
import type { Optimized } from '../src/lake/maintenance.ts';
import { layOut } from '../src/local/layout.ts';
import { cpuSeconds, peakBytes } from './engine.ts';
import type { Scenario } from './figure.ts';
import { fillTable } from './filled-table.ts';
import { prepareLake } from './interruption.ts';
import { readJavaCommand } from './process.ts';

const table = 'crypto_db.crypto_quote';
const rows = 100;

/** Measures maintenance of a table with very many small files and snapshots, while a writer goes on. */
export const maintenance: Scenario = async (tell, { smoke }) => {
  const [files, snapshots] = smoke ? [50, 25] : [5000, 2500];
  const lake = await prepareLake();
  try {
    await lake.run('up', '--no-produce');
    const layout = layOut(lake.data);
    const java = readJavaCommand(await lake.pidOf('spark'));
    const filled = await fillTable(java, layout.spec, { files, rows, snapshots });
    tell(`${String(files)} files written in ${filled.toFixed(0)} s`);
    await lake.settle();
    await lake.run('produce', 'quotes', '--source', 'simulate', '--rate', '2');
    const count = `select count(*) as n, sum(price_crypto) as sum from ${table} where start_window < timestamptz '2025-01-01'`;
    const before = await lake.query(count);
    const started = performance.now();
    const optimizing = lake.run('optimize-iceberg', '--table', table, '--retain', '10m', '--json');
    const used = await watch(layout.maintenanceLock, optimizing);
    const seconds = (performance.now() - started) / 1000;
    const result = (await optimizing)
      .split('\n')
      .map((line) => JSON.parse(line) as Optimized)
      .find(({ event }) => event === 'optimized');
    tell(JSON.stringify(result));
    const after = await lake.query(count);
    if (JSON.stringify(before) !== JSON.stringify(after)) throw new Error('the maintenance changed rows of the table');
    return [
      { what: 'the whole command', value: seconds, unit: 's', goal: 20 },
      { what: 'peak memory of its process', value: used.peakBytes / 1e6, unit: 'MB', goal: 1000 },
      { what: 'processor time of its process', value: used.cpuSeconds, unit: 'CPU-s' },
      { what: 'files after', value: result?.after.files ?? NaN, unit: 'files' },
      { what: 'snapshots after', value: result?.after.snapshots ?? NaN, unit: 'snapshots' },
    ];
  } finally {
    await lake.remove();
  }
};

interface Usage {
  peakBytes: number;
  cpuSeconds: number;
}

/** Peak memory and processor time of the process that holds the lock, until it ends. */
async function watch(lock: string, until: Promise<unknown>): Promise<Usage> {
  let last: Usage = { peakBytes: 0, cpuSeconds: 0 };
  const timer = setInterval(() => {
    try {
      const { pid } = JSON.parse(readFileSync(lock, 'utf8')) as { pid: number };
      last = { peakBytes: peakBytes(pid), cpuSeconds: cpuSeconds(pid) };
    } catch {
      // Nobody holds it.
    }
  }, 50);
  await until.finally(() => {
    clearInterval(timer);
  });
  return last;
}
