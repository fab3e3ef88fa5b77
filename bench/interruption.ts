import { TestLake } from '../test/support/lake.ts';

const interruption = new AbortController();
const lakes = new Set<TestLake>();
/** Milliseconds in which further signals count as the same one: the terminal, npm and tsx each pass it on. */
const echoMs = 2000;

/** Aborted by the first SIGINT or SIGTERM: running commands end, no new one starts, and all lakes are removed. */
export const interrupted: AbortSignal = interruption.signal;

/** Prepares a lake that is also removed when this process is interrupted. @param more settings, as environment variables */
export async function prepareLake(more: Record<string, string> = {}): Promise<TestLake> {
  interrupted.throwIfAborted();
  const lake = await TestLake.prepare(more, interrupted);
  lakes.add(lake);
  return lake;
}

/** Makes a signal remove all lakes before this process exits with 130; a second signal exits at once. */
export function handleSignals(): void {
  let since: number | undefined;
  const end = () => process.exit(130);
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (since !== undefined && performance.now() - since > echoMs) end();
      if (since !== undefined) return;
      since = performance.now();
      process.stderr.write(`  ${name}: removing the lakes of this run\n`);
      interruption.abort();
      // Removing a lake twice does nothing. The handler of "exit" ends the engines.
      void Promise.allSettled([...lakes].map((lake) => lake.remove())).then(end);
    });
}
