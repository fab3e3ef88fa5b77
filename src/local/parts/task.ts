import { execa, ExecaError } from 'execa';
import { Fault } from '../../errors.ts';

export interface Task {
  command: string;
  args: string[];
  env: Record<string, string>;
}

/**
 * Runs a process that answers with one JSON object a line on stdout and logs to stderr.
 * @returns the objects
 * @throws Fault of kind `part` with the end of its log
 */
export async function runTask(
  task: Task,
  options: { what: string; signal: AbortSignal; onLine?: (line: unknown) => void },
): Promise<unknown[]> {
  const answers: unknown[] = [];
  const child = execa(task.command, task.args, {
    env: task.env,
    stdin: 'ignore',
    cancelSignal: options.signal,
    forceKillAfterDelay: 10_000,
    buffer: { stdout: false },
    maxBuffer: 10_000_000,
  });
  child.catch(() => undefined);
  try {
    for await (const line of child.iterable({ from: 'stdout' })) {
      if (!line.startsWith('{')) continue;
      const answer: unknown = JSON.parse(line);
      answers.push(answer);
      options.onLine?.(answer);
    }
    await child;
  } catch (error) {
    if (options.signal.aborted) throw new Fault('interrupted', 'stopped');
    const code = error instanceof ExecaError ? error.exitCode : undefined;
    throw new Fault(code === 2 ? 'usage' : 'part', `${options.what} failed: ${tellEnd(error)}`, { cause: error });
  }
  return answers;
}

/** The last lines that a process said, without stacks; else how it ended. Its command is a class path of many thousand letters. */
function tellEnd(error: unknown): string {
  if (!(error instanceof ExecaError)) return (error as Error).message;
  if (error.signal !== undefined) return `it was ended by ${error.signal}`;
  const said = String(error.stderr)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+(at |\.\.\. )/.test(line));
  if (said.length > 0) return said.slice(-6).join('\n');
  return error.exitCode === undefined
    ? (error.originalMessage ?? 'it did not start')
    : `exit code ${String(error.exitCode)}`;
}
