import { fileURLToPath } from 'node:url';
import { lostOutput } from './cli/lost-output.ts';
import { main } from './cli/main.ts';

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The first one stops cleanly, the second at once.
    if (interruption.signal.aborted) process.exit(130);
    // A program that reads errors as JSON needs no such line.
    if (!process.argv.includes('--json')) process.stderr.write('\nstopping; once more to stop at once\n');
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
const args = process.argv.slice(2);
process.stdout.on('error', (error) => process.exit(lostOutput(error, process, args)));
// Where errors go is gone: the exit code says the rest.
process.stderr.on('error', () => undefined);

// From the sources node needs the same loader again.
const entry = [...process.execArgv, fileURLToPath(import.meta.url)];
const { stdin, stdout, stderr, env } = process;
// Named by the launcher of a checkout; processes of ours are not called by it.
const calledAs = env['CRYPTODM_CALLED_AS'];
delete env['CRYPTODM_CALLED_AS'];
process.exitCode = await main(
  args,
  { stdin, stdout, stderr, env, cwd: process.cwd(), calledAs, signal: interruption.signal },
  entry,
);
