import { Fault, isDiskFull } from '../errors.ts';
import { printFault } from './fault-printer.ts';
import type { Io } from './io.ts';

/**
 * What is left to do when stdout takes nothing more.
 * @param error of the stream
 * @param argv arguments of this call
 * @returns the exit code: 0 where the reader has seen enough, as in `cryptodm query ... | head`
 */
export function lostOutput(error: unknown, io: Pick<Io, 'stderr' | 'env'>, argv: readonly string[]): number {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EPIPE') return 0;
  const fault = new Fault(
    'environment',
    `the output can’t be written: ${isDiskFull(error) ? 'the disk is full' : message}`,
    {
      where: 'stdout',
      next: isDiskFull(error)
        ? 'Make room where the output goes, then run the same command again.'
        : 'Send the output elsewhere.',
      cause: error,
    },
  );
  printFault(fault, io, { json: argv.includes('--json'), verbose: argv.includes('--verbose') }, (text) => text);
  return fault.exitCode;
}
