import type { Fault } from '../errors.ts';
import type { GlobalFlags } from './context.ts';
import type { Io } from './io.ts';

/**
 * Shows a fault on stderr: what happened, where, what to do; for programs as one JSON object. The stack only with --verbose.
 * @param pastable turns the hint into one that can be pasted
 */
export function printFault(
  fault: Fault,
  io: Pick<Io, 'stderr' | 'env'>,
  global: Pick<GlobalFlags, 'json' | 'verbose'>,
  pastable: (text: string) => string,
): void {
  const next = fault.next === undefined ? undefined : pastable(fault.next);
  if (global.json) {
    const { kind, message, where, facts } = fault;
    io.stderr.write(
      `${JSON.stringify({ event: 'error', kind, message, where, next, facts, exitCode: fault.exitCode })}\n`,
    );
    return;
  }
  // "no" is an answer, not an error.
  if (fault.kind === 'declined') {
    io.stderr.write(`${[fault.message, next].filter(Boolean).join('\n')}\n`);
    return;
  }
  const colour = io.stderr.isTTY && !io.env['NO_COLOR'];
  const title = colour ? '\u001b[31merror\u001b[0m' : 'error';
  const lines = [`${title}: ${fault.message}`];
  if (fault.where !== undefined && !fault.message.includes(fault.where)) lines.push(`  at ${fault.where}`);
  if (next !== undefined) lines.push(`  ${next}`);
  if (fault.kind === 'internal') lines.push('  This is a fault in cryptodm itself; --verbose shows the stack.');
  if (global.verbose) lines.push('', stackOf(fault));
  io.stderr.write(`${lines.join('\n')}\n`);
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
