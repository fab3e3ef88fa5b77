import type { LocalLake } from '../lake.ts';
import type { TimedStatus } from './status-cache.ts';

/**
 * The status of a lake on this machine: from the supervisor, which has all it takes in memory, or collected here when none answers.
 * @param ageMs how old the answer may be, for callers that poll
 */
export async function askStatus(lake: LocalLake, ageMs = 0): Promise<TimedStatus> {
  const answer = await lake.supervisor.ask('GET /status', { query: { age: ageMs } });
  if (answer !== undefined) return answer;
  // Loaded late, because its clients take a third of a second to load.
  const { collectStatus } = await import('./status.ts');
  return { at: new Date().toISOString(), status: await collectStatus(lake) };
}
