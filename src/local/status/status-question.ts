import type { LocalLake } from '../lake.ts';
import type { TimedStatus } from './status-cache.ts';

/**
 * The status of a lake on this machine. The resident process has all that it takes in memory and is asked first; without one that answers it is
 * collected here.
 * @param ageMs how old the answer may be, for those who look again and again
 */
export async function askStatus(lake: LocalLake, ageMs = 0): Promise<TimedStatus> {
  const answer = await lake.supervisor.ask('GET /status', { query: { age: ageMs } });
  if (answer !== undefined) return answer;
  // Loaded only now: it brings a third of a second of clients with it.
  const { collectStatus } = await import('./status.ts');
  return { at: new Date().toISOString(), status: await collectStatus(lake) };
}
