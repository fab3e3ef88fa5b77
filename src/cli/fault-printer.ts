import type { Fault } from '../errors.ts';
import type { GlobalFlags } from './context.ts';
import type { Io } from './io.ts';

/** Shows a fault: what happened, where, what to do. The stack only with --verbose. */
export function printFault(fault: Fault, io: Io, global: Pick<GlobalFlags, 'json' | 'verbose'>): void {
  if (global.json) {
    const { kind, message, where, next, facts } = fault;
    io.stdout.write(
      `${JSON.stringify({ event: 'error', kind, message, where, next, facts, exitCode: fault.exitCode })}\n`,
    );
    return;
  }
  // "no" is an answer, not an error.
  if (fault.kind === 'declined') {
    io.stderr.write(`${[fault.message, fault.next].filter(Boolean).join('\n')}\n`);
    return;
  }
  const colour = io.stderr.isTTY && !io.env['NO_COLOR'];
  const title = colour ? '\u001b[31merror\u001b[0m' : 'error';
  const lines = [`${title}: ${fault.message}`];
  if (fault.where !== undefined && !fault.message.includes(fault.where)) lines.push(`  at ${fault.where}`);
  if (fault.next !== undefined) lines.push(`  ${fault.next}`);
  if (fault.kind === 'internal') lines.push('  This is a fault in cryptodm itself; --verbose shows the stack.');
  if (global.verbose) lines.push('', stackOf(fault));
  io.stderr.write(`${lines.join('\n')}\n`);
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
