import { setTimeout as pause } from 'node:timers/promises';

export interface Wait {
  /** give up after so many milliseconds */
  withinMs: number;
  /** milliseconds between two looks */
  everyMs?: number;
  signal?: AbortSignal;
}

/** Asks until the answer is something else than undefined; undefined when time is up. An error of `ask` ends the wait. */
export async function awaitAnswer<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  wait: Wait,
): Promise<T | undefined> {
  const until = performance.now() + wait.withinMs;
  for (;;) {
    wait.signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= until) return undefined;
    await pause(wait.everyMs ?? 50, undefined, { signal: wait.signal });
  }
}

/** For what is too heavy for each look of a wait: answers true once in so many milliseconds, the first time after the first of them. */
export function onceIn(milliseconds: number): () => boolean {
  let last = performance.now();
  return () => {
    const due = performance.now() - last >= milliseconds;
    if (due) last = performance.now();
    return due;
  };
}
