import type { Command } from './command.ts';
import type { CommandOption } from './flags.ts';

/** The options of every command, and those of the program alone. */
interface Known {
  commands: readonly Command[];
  globals: readonly CommandOption[];
}

/** What a group of commands answers itself. */
export const ofGroup = ['-h', '--help'];

/** What the program answers itself, without a command. */
export const ofProgram = [...ofGroup, '-V', '--version'];

/**
 * Arguments in the order in which commander reads them: options before a command go behind its words, `help up` is `up --help`, and
 * SQL that begins with a comment is no option.
 */
export function orderArguments(argv: readonly string[], known: Known): string[] {
  const takesValue = valuesOf(known);
  const words: string[] = [];
  const early: string[] = [];
  let at = 0;
  let group = known.commands;
  while (at < argv.length) {
    const argument = argv[at] ?? '';
    if (argument === '--') break;
    if (isOption(argument)) {
      if (words.length === 0 && ofProgram.includes(argument)) return [argument];
      early.push(argument);
      at += 1;
      if (takesValue.has(argument) && at < argv.length) early.push(argv[at++] ?? '');
      continue;
    }
    if (words.length === 0 && argument === 'help' && argv.length > at + 1) {
      return [...argv.slice(at + 1).filter((word) => !isOption(word)), '--help'];
    }
    words.push(argument);
    at += 1;
    const subcommands = group.find(({ name }) => name === argument)?.subcommands;
    if (subcommands === undefined) break;
    group = subcommands;
  }
  return withComments([...words, ...early, ...argv.slice(at)]);
}

function isOption(argument: string): boolean {
  return argument.length > 1 && argument.startsWith('-') && !isComment(argument);
}

/** No option has a blank in its name: this is SQL. */
function isComment(argument: string): boolean {
  return /^--\s/.test(argument);
}

function withComments(argv: string[]): string[] {
  if (argv.includes('--') || !argv.some(isComment)) return argv;
  return [...argv.filter((argument) => !isComment(argument)), '--', ...argv.filter(isComment)];
}

/** The spellings of all options that take a value. One letter may mean different options: it stands behind its command. */
function valuesOf({ commands, globals }: Known): ReadonlySet<string> {
  const options = [...globals, ...commands.flatMap(optionsOf)].filter(({ flags }) => /[<[]/.test(flags));
  return new Set(options.flatMap(({ flags }) => flags.match(/--[a-z-]+/g) ?? []));
}

function optionsOf({ options = [], subcommands = [] }: Command): readonly CommandOption[] {
  return [...options, ...subcommands.flatMap(optionsOf)];
}
