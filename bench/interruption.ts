import { TestLake } from '../test/support/lake.ts';

const interruption = new AbortController();
const lakes = new Set<TestLake>();
/** Milliseconds in which a signal is the same one, passed on by a terminal, by npm and by tsx. */
const echoMs = 2000;

/** Aborted by the first SIGINT or SIGTERM. What was raised is taken down then; commands under way end, and none begins. */
export const interrupted: AbortSignal = interruption.signal;

/** A lake that is taken away also when this process is interrupted. */
export async function prepareLake(): Promise<TestLake> {
  interrupted.throwIfAborted();
  const lake = await TestLake.prepare({}, interrupted);
  lakes.add(lake);
  return lake;
}

/** Lets a signal take every lake down before this process ends with 130; a second one ends it at once. */
export function heedSignals(): void {
  let since: number | undefined;
  const end = () => process.exit(130);
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (since !== undefined && performance.now() - since > echoMs) end();
      if (since !== undefined) return;
      since = performance.now();
      process.stderr.write(`  ${name}: taking down what was raised\n`);
      interruption.abort();
      // A lake that is away already says so at once. Engines are ended by the handler of "exit".
      void Promise.allSettled([...lakes].map((lake) => lake.remove())).then(end);
    });
}
