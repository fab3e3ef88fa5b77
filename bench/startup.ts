import { quantile, type Figure, type Scenario } from './figure.ts';
import { prepareLake } from './interruption.ts';

/** Measures a warm `up` from empty folders until both stores have the first candle, and the memory of all parts then. */
export const startup: Scenario = async (tell, { smoke }) => {
  const runs = smoke ? 1 : 3;
  const seconds: number[] = [];
  const memory: number[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const lake = await prepareLake();
    try {
      const started = performance.now();
      await lake.run('up', '--source', 'simulate');
      seconds.push((performance.now() - started) / 1000);
      const { parts, resident } = await lake.status();
      const bytes = parts.reduce((sum, part) => sum + (part.memoryBytes ?? 0), resident?.memoryBytes ?? 0);
      memory.push(bytes / 1e6);
      tell(`run ${String(run)}: ${(seconds.at(-1) ?? 0).toFixed(1)} s, ${(memory.at(-1) ?? 0).toFixed(0)} MB`);
    } finally {
      await lake.remove();
    }
  }
  const figures: Figure[] = [
    {
      what: 'up from empty folders to the first candle in both, median',
      value: quantile(seconds, 0.5),
      unit: 's',
      goal: 8,
    },
    { what: 'memory of all parts (proportional), median', value: quantile(memory, 0.5), unit: 'MB', goal: 1000 },
  ];
  return figures;
};
