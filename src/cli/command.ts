import type { Context } from './context.ts';
import type { CommandOption, Flags, Values } from './flags.ts';

/** Where the lake is; usually set in `cryptodm.yaml`. */
export const targetOption: CommandOption = {
  flags: '--target <target>',
  summary: 'where the lake is',
  choices: ['local', 'aws'],
  setting: 'target',
};

export interface CommandArgument {
  name: string;
  summary: string;
  required?: boolean;
  many?: boolean;
  choices?: readonly string[];
  values?: Values;
  /** its choices are words that may be written in capitals, too */
  anyCase?: boolean;
}

/** Commands that a person may call. */
export function shownOf(commands: readonly Command[]): Command[] {
  return commands.filter(({ hidden }) => hidden !== true);
}

/** A command is one value; its code is loaded only when it is called. */
export interface Command {
  name: string;
  summary: string;
  /** left out of help: only this program calls it */
  hidden?: boolean;
  arguments?: CommandArgument[];
  options?: CommandOption[];
  /** each is shown in `--help`, with what it does */
  examples: { line: string; does: string }[];
  subcommands?: Command[];
  /** resolves to the exit code, 0 when nothing is given */
  run?: (context: Context, flags: Flags, args: string[]) => Promise<number | undefined>;
}
