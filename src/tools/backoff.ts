import { setTimeout as pause } from 'node:timers/promises';

/** How long to wait after a failure: twice as long after each further one, up to a limit. */
export interface Backoff {
  firstWaitMs: number;
  longestWaitMs: number;
}

/** Milliseconds to wait after so many failures in a row, from 1 on. */
export function waitAfter(failures: number, { firstWaitMs, longestWaitMs }: Backoff): number {
  return Math.min(firstWaitMs * 2 ** (failures - 1), longestWaitMs);
}

export interface Retry {
  /** the first one included */
  attempts: number;
  backoff: Backoff;
  /** whether another attempt may succeed */
  isTemporary: (error: unknown) => boolean;
  signal?: AbortSignal;
}

/** Repeats an action while it fails for a temporary reason. @throws what the last attempt threw */
export async function retry<T>(act: () => Promise<T>, { attempts, backoff, isTemporary, signal }: Retry): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (attempt >= attempts || !isTemporary(error)) throw error;
      await pause(waitAfter(attempt, backoff), undefined, { signal });
    }
  }
}
