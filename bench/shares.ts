import type { TestLake } from '../test/support/lake.ts';
import { cpuSeconds, watchOthers } from './engine.ts';

/** Percent of a core by the id of a part; `others` is what does not belong to the measurement. */
export type Shares = ReadonlyMap<string, number>;

/**
 * Watches the processor time of all parts of a lake, of this process (`bench`) and of more processes of the measurement.
 * @returns a function for their shares since
 */
export async function watchShares(lake: TestLake, more: Readonly<Record<string, number>> = {}): Promise<() => Shares> {
  const { parts, resident: supervisor } = await lake.status();
  const pids = new Map([...Object.entries(more), ['bench', process.pid]]);
  for (const { id, pid } of parts) if (pid !== undefined) pids.set(id, pid);
  if (supervisor !== undefined) pids.set('supervisor', supervisor.pid);
  const others = watchOthers([...pids.values()]);
  const begun = performance.now();
  const before = new Map([...pids].map(([id, pid]) => [id, cpuSeconds(pid)]));
  return () => {
    const seconds = (performance.now() - begun) / 1000;
    const shares = [...pids].map(
      ([id, pid]) => [id, (100 * (cpuSeconds(pid) - (before.get(id) ?? 0))) / seconds] as const,
    );
    return new Map([...shares, ['others', others()]]);
  };
}

export function describeShares(shares: Shares): string {
  return [...shares].map(([id, share]) => `${id} ${share.toFixed(0)}%`).join(', ');
}
