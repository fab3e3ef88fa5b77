import { setTimeout as pause } from 'node:timers/promises';
import { waitAfter, type Backoff } from './backoff.ts';

export interface Wait {
  /** give up after so many milliseconds; never when it is Infinity */
  withinMs: number;
  /** milliseconds between two looks, or how they grow; 50 when absent */
  everyMs?: number | Backoff;
  signal?: AbortSignal | undefined;
}

/** Asks until the answer is not undefined. @returns undefined when time is up @throws what `ask` throws */
export async function awaitAnswer<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  wait: Wait,
): Promise<T | undefined> {
  const until = performance.now() + wait.withinMs;
  const { everyMs = 50 } = wait;
  for (let looks = 1; ; looks += 1) {
    wait.signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= until) return undefined;
    const ms = typeof everyMs === 'number' ? everyMs : waitAfter(looks, everyMs);
    await pause(ms, undefined, { signal: wait.signal });
  }
}

/** For work that is too heavy for each look of a wait: returns true once in so many milliseconds, first after that time. */
export function onceIn(milliseconds: number): () => boolean {
  let last = performance.now();
  return () => {
    const due = performance.now() - last >= milliseconds;
    if (due) last = performance.now();
    return due;
  };
}
