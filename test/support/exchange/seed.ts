import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { seeded } from '../../faults/random.ts';
import type { TestLake } from '../lake.ts';
import type { Exchange } from './exchange.ts';
import type { Venue } from './product.ts';
import { drawFaults, faultKinds, Schedule } from './schedule.ts';

/** What a seed does to a lake and its exchange. */
export interface SeedOptions {
  seed: number;
  venues: readonly Venue[];
  pairs: readonly string[];
  durationMs: number;
  /** from one fault to the next, on average */
  everyMs: number;
}

/** Lets an exchange do wrong what follows from a seed, kills the producer at one moment of it, and lets the exchange do right again. */
export async function runSeed(lake: TestLake, exchange: Exchange, options: SeedOptions): Promise<void> {
  const { seed, venues, pairs, durationMs, everyMs } = options;
  const random = seeded(seed ^ 0x5eed);
  const kinds = faultKinds.filter((kind) => kind !== 'rename');
  const schedule = new Schedule(exchange.faults, drawFaults({ level: 'many', seed, everyMs, kinds }, venues, pairs));
  schedule.start();
  try {
    const killAfterMs = random.between(0.1, 0.9) * durationMs;
    await pause(killAfterMs);
    await killProducer(lake);
    await pause(durationMs - killAfterMs);
  } finally {
    schedule.close();
    exchange.faults.calm();
  }
}

/** It may just be starting: then the first one that is there is killed. */
async function killProducer(lake: TestLake): Promise<void> {
  await awaitAnswer(
    async () => {
      const pid = (await lake.status()).parts.find(({ id }) => id === 'producer-quotes')?.pid;
      if (pid === undefined) return undefined;
      process.kill(pid, 'SIGKILL');
      return true;
    },
    { withinMs: 20_000, everyMs: 100 },
  );
}
