import { fileURLToPath } from 'node:url';
import { main } from './cli/main.ts';

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The first one stops cleanly, the second at once.
    if (interruption.signal.aborted) process.exit(130);
    process.stderr.write('\nstopping; once more to stop at once\n');
    interruption.abort();
  });
}
// Warnings that say nothing to the person: the SDK of AWS warns of the oldest Node that we support, on which the version in the lock file runs;
// Node 24 warns of timers with a negative delay, which mean "at once" in kafkajs.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
const emitWarning = process.emitWarning.bind(process) as (...given: unknown[]) => void;
process.emitWarning = (...given: unknown[]) => {
  if (given[1] !== 'TimeoutNegativeWarning') emitWarning(...given);
};
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader went away, as in `cryptodm query ... | head`.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// From the sources node needs the same loader again.
const entry = [...process.execArgv, fileURLToPath(import.meta.url)];
const { stdin, stdout, stderr, env } = process;
process.exitCode = await main(
  process.argv.slice(2),
  { stdin, stdout, stderr, env, cwd: process.cwd(), signal: interruption.signal },
  entry,
);
