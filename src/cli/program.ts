import { Argument, Command as Commander, Option } from 'commander';
import { Fault } from '../errors.ts';
import { commands } from './commands/all.ts';
import type { Command } from './command.ts';
import type { CommandOption, Flags } from './flags.ts';
import { Context, type GlobalFlags } from './context.ts';
import { settingsFromFlags } from './flags.ts';
import type { Io } from './io.ts';
import type { Reporter } from './reporters/reporter.ts';
import { version } from './version.ts';

/** Options of every command. */
export const globalOptions: CommandOption[] = [
  { flags: '--json', summary: 'data as JSON on stdout, one object a line' },
  { flags: '-q, --quiet', summary: 'only results and errors' },
  { flags: '--verbose', summary: 'more of what goes on, and stacks of errors' },
  { flags: '-y, --yes', summary: 'yes to every question' },
  { flags: '--no-input', summary: 'never ask' },
  { flags: '--config <file>', summary: 'settings file (default: cryptodm.yaml here, when it exists)' },
  { flags: '--data <dir>', summary: "the lake's folder", setting: 'paths.data' },
];

/** The command line for these arguments; `onExit` gets the exit code of the command that ran. */
export async function buildProgram(
  argv: string[],
  io: Io,
  entry: string[],
  onExit: (code: number) => void,
): Promise<Commander> {
  const program = new Commander('cryptodm');
  program
    .description('A real-time crypto data lake with one command, on this machine.')
    .version(await version(), '-V, --version')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => (io.stdout.isTTY ? io.stdout.columns : 100),
    })
    .exitOverride()
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      '\nExamples:\n  cryptodm up\n  cryptodm query "select count(*) from crypto_db.crypto_quote"\n  cryptodm down',
    );
  // Only the called command needs its flags: all of them take a tenth of the time of --help.
  for (const command of commands) add(program, command, { io, entry, onExit }, argv.includes(command.name));
  return program;
}

interface Host {
  io: Io;
  entry: string[];
  onExit: (code: number) => void;
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
    made.addArgument(argument.choices === undefined ? declared : declared.choices(argument.choices));
  }
  if (command.examples.length > 0) {
    const widest = Math.max(...command.examples.map((example) => example.line.length));
    const lines = command.examples.map((example) => `  ${example.line.padEnd(widest)}  ${example.does}`);
    made.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  }
  for (const sub of command.subcommands ?? []) add(made, sub, host, called);
  const { run } = command;
  made.action(async () => {
    if (run === undefined)
      throw new Fault(
        'usage',
        `the command is not complete: cryptodm ${command.name} ${(command.subcommands ?? []).map((sub) => sub.name).join('|')}`,
      );
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

function toOption(option: CommandOption): Option {
  const made = new Option(option.flags, option.summary);
  if (option.choices !== undefined) made.choices(option.choices);
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
  return new Context(
    host.io,
    global,
    await reporterFor(global, host.io),
    settingsFromFlags(options, flags),
    host.entry,
  );
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
