import { Argument, Command as Commander, InvalidArgumentError, Option } from 'commander';
import { Fault } from '../errors.ts';
import { nearest } from '../tools/nearest.ts';
import { ofGroup, ofProgram, orderArguments } from './argument-order.ts';
import { callOf, repeatCall, type Call } from './call.ts';
import { commands } from './commands/all.ts';
import { shownOf, type Command, type CommandArgument } from './command.ts';
import type { CommandOption, Flags } from './flags.ts';
import { Context, type GlobalFlags } from './context.ts';
import { globalOptions, settingsFromFlags } from './flags.ts';
import type { Io } from './io.ts';
import { generalHelp, helpWidth, pairOf, pairsOf, usualWidth } from './help-text.ts';
import type { Reporter } from './reporters/reporter.ts';
import { version } from '../version.ts';

/**
 * The command line for these arguments, and the arguments in the order in which it takes them.
 * @param onExit gets the exit code of the command that ran
 * @throws Fault of kind `usage` for a command that does not exist
 */
export async function buildProgram(
  argv: string[],
  io: Io,
  entry: string[],
  onExit: (code: number) => void,
): Promise<{ program: Commander; args: string[] }> {
  const ordered = orderArguments(argv, { commands, globals: globalOptions });
  const args = ordered.length === 0 ? ['--help'] : ordered;
  requireCommand(args);
  const call = callOf(io.calledAs, io.env, argv);
  const program = new Commander('cryptodm');
  const number = await version();
  program
    .description('A real-time crypto data lake with one command, on this machine or in an AWS account.')
    .version(argv.includes('--json') ? JSON.stringify({ version: number }) : number, '-V, --version')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => helpWidth(io),
    })
    .configureHelp({
      formatItem: (term, widest, text, { helpWidth: width = usualWidth }) =>
        pairOf(term, text, widest, width).join('\n'),
    })
    .exitOverride()
    .showSuggestionAfterError(true)
    .addHelpText('after', () => `\n${generalHelp(helpWidth(io), (text) => repeatCall(text, call, commands))}`);
  // Only the called command needs its flags: all of them take a tenth of the time of --help.
  for (const command of commands) add(program, command, { io, entry, onExit, call }, args.includes(command.name));
  return { program, args };
}

/** @throws Fault of kind `usage` when the first words are no command, or not all of one */
function requireCommand(args: readonly string[]): void {
  let group: readonly Command[] = [...commands, { name: 'help', summary: '', examples: [] }];
  const path = ['cryptodm'];
  for (const word of [...args, undefined]) {
    if (word === undefined || word.startsWith('-')) {
      const answers = word !== undefined && (path.length === 1 ? ofProgram : ofGroup).includes(word);
      if (answers) return;
      const names = shownOf(group).map(({ name }) => name);
      throw new Fault(
        'usage',
        path.length === 1 ? 'there is no command' : `the command is not complete: ${path.join(' ')}`,
        { next: `There are: ${names.join(', ')}.` },
      );
    }
    const found = group.find(({ name }) => name === word);
    if (found === undefined) {
      const names = shownOf(group).map(({ name }) => name);
      const meant = nearest(word, names);
      throw new Fault('usage', `unknown command ${word}`, {
        next: meant === undefined ? `There are: ${names.join(', ')}.` : `Did you mean "${meant}"?`,
      });
    }
    if (found.subcommands === undefined) return;
    group = found.subcommands;
    path.push(word);
  }
}

interface Host {
  io: Io;
  entry: string[];
  onExit: (code: number) => void;
  call: Call;
}

function add(parent: Commander, command: Command, host: Host, called: boolean): void {
  const made = new Commander(command.name).description(command.summary).exitOverride().copyInheritedSettings(parent);
  // Flags belong to a command that does something, not to the group above it.
  const options = command.run === undefined || !called ? [] : [...(command.options ?? []), ...globalOptions];
  for (const option of options) made.addOption(toOption(option));
  for (const argument of command.arguments ?? []) {
    const brackets = argument.required === true ? ['<', '>'] : ['[', ']'];
    const declared = new Argument(
      `${brackets[0] ?? ''}${argument.name}${argument.many === true ? '...' : ''}${brackets[1] ?? ''}`,
      argument.summary,
    );
    made.addArgument(withChoices(declared, argument));
  }
  if (command.examples.length > 0) {
    const lines = () => {
      const shown = command.examples.map(({ line, does }) => [repeatCall(line, host.call, commands), does] as const);
      return pairsOf(shown, helpWidth(host.io));
    };
    made.addHelpText('after', () => ['\nExamples:', ...lines()].join('\n'));
  }
  for (const sub of command.subcommands ?? []) add(made, sub, host, called);
  const { run } = command;
  made.action(async () => {
    // A group of commands does nothing itself.
    if (run === undefined) return;
    const flags: Flags = made.opts();
    const context = await contextOf(flags, options, host);
    try {
      host.onExit((await run(context, flags, made.args)) ?? 0);
    } finally {
      context.reporter.end();
    }
  });
  parent.addCommand(made, { hidden: command.hidden === true });
}

function withChoices(declared: Argument, { choices, anyCase }: CommandArgument): Argument {
  if (choices === undefined) return declared;
  declared.choices(choices);
  if (anyCase !== true) return declared;
  return declared.argParser((given: string) => {
    if (choices.includes(given.toLowerCase())) return given;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
  });
}

function toOption(option: CommandOption): Option {
  const made = new Option(option.flags, option.summary);
  if (option.choices !== undefined) made.choices(option.choices);
  if (option.excludes !== undefined) made.conflicts([...option.excludes]);
  if (option.many === true) made.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  return made;
}

async function contextOf(flags: Flags, options: CommandOption[], host: Host): Promise<Context> {
  const global: GlobalFlags = {
    json: flags['json'] === true,
    quiet: flags['quiet'] === true,
    verbose: flags['verbose'] === true,
    yes: flags['yes'] === true,
    input: flags['input'] !== false,
    config: flags['config'] as string | undefined,
    data: flags['data'] as string | undefined,
  };
  const pastable = (text: string) => repeatCall(text, host.call, commands);
  const reporter = await reporterFor(global, host.io);
  const shown: Reporter = global.json
    ? reporter
    : {
        show: (event) => reporter.show('text' in event ? { ...event, text: pastable(event.text) } : event),
        end: reporter.end,
      };
  return new Context(host.io, global, shown, settingsFromFlags(options, flags), host.entry, pastable);
}

async function reporterFor(global: GlobalFlags, io: Io): Promise<Reporter> {
  if (global.json) return (await import('./reporters/json.ts')).jsonReporter((text) => io.stdout.write(text));
  if (global.quiet) return (await import('./reporters/json.ts')).silentReporter;
  if (io.stderr.isTTY && io.env['TERM'] !== 'dumb' && !io.env['CI']) {
    const { terminalReporter } = await import('./reporters/terminal.ts');
    return terminalReporter(io.stderr, !io.env['NO_COLOR'], global.verbose);
  }
  return (await import('./reporters/plain.ts')).plainReporter((text) => io.stderr.write(text), global.verbose);
}
