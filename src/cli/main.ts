import { Fault, toFault } from '../errors.ts';
import { callOf, repeatCall } from './call.ts';
import { commands } from './commands/all.ts';
import { printFault } from './fault-printer.ts';
import type { Io } from './io.ts';
import { buildProgram } from './program.ts';

/**
 * The command line, callable in process.
 * @param argv arguments after the program's name
 * @param entry arguments of node that start this program again
 * @returns the exit code, see docs/exit-codes.md
 */
export async function main(argv: string[], io: Io, entry: string[]): Promise<number> {
  const seen = { json: argv.includes('--json'), verbose: argv.includes('--verbose') };
  try {
    let code = 0;
    const { program, args } = await buildProgram(argv, io, entry, (result) => (code = result));
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (isHelp(error)) return 0;
    const fault =
      io.signal.aborted && !(error instanceof Fault) ? new Fault('interrupted', 'interrupted') : usageFault(error);
    const call = callOf(io.calledAs, io.env, argv);
    printFault(fault, io, seen, (text) => repeatCall(text, call, commands));
    return fault.exitCode;
  }
}

function isHelp(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? '';
  return ['commander.helpDisplayed', 'commander.help', 'commander.version'].includes(code);
}

function usageFault(error: unknown): Fault {
  const code = (error as { code?: string }).code ?? '';
  if (!code.startsWith('commander.')) return toFault(error);
  const message = (error as Error).message.replace(/^error: /, '');
  return new Fault('usage', message, { next: 'See "cryptodm --help" or "cryptodm COMMAND --help".', cause: error });
}
