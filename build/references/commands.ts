import { shownOf, type Command, type CommandArgument } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/all.ts';
import { globalOptions, type CommandOption } from '../../src/cli/flags.ts';
import { block, code, page, sentence, table } from './markdown.ts';

const intro = `In a checkout the program is \`./cryptodm\`. Data goes to stdout, messages go to stderr. \`NO_COLOR\` is honoured, and there is no spinner without a terminal. Ctrl-C stops cleanly, a second
one at once. What a command returns: [exit-codes.md](exit-codes.md). What a flag does not say comes from [settings](settings.md). Options may stand before or after the command. Hints repeat how the program was called, with its \`--data\`, \`--config\` and \`--target\`.`;

export function commandsPage(): string {
  const shown = shownOf(commands);
  return page('Commands', 'src/cli/commands', [
    intro,
    table(
      ['command', 'what it does'],
      shown.map(({ name, summary }) => [`[${code(name)}](#${name})`, summary]),
    ),
    '## Everywhere',
    optionTable(globalOptions),
    ...shown.flatMap((command) => render(command, [])),
  ]);
}

function render(command: Command, above: readonly string[]): string[] {
  const path = [...above, command.name];
  const heading = `${'#'.repeat(path.length + 1)} ${path.join(' ')}`;
  if (command.subcommands !== undefined) {
    return [heading, sentence(command.summary), ...command.subcommands.flatMap((sub) => render(sub, path))];
  }
  const words = [...path, ...(command.arguments ?? []).map(argumentText), '[options]'];
  const examples = command.examples.map(({ line, does }) => `${line}   # ${does}`);
  return [
    heading,
    sentence(command.summary),
    code(`cryptodm ${words.join(' ')}`),
    ...(command.arguments === undefined ? [] : [argumentTable(command.arguments)]),
    ...(command.options === undefined ? [] : [optionTable(command.options)]),
    ...(examples.length === 0 ? [] : [block(examples)]),
  ];
}

function argumentText({ name, required, many }: CommandArgument): string {
  const text = `${name}${many === true ? '...' : ''}`;
  return required === true ? `<${text}>` : `[${text}]`;
}

function argumentTable(given: readonly CommandArgument[]): string {
  return table(
    ['argument', 'meaning', 'values'],
    given.map((argument) => [code(argumentText(argument)), argument.summary, choices(argument)]),
  );
}

function optionTable(given: readonly CommandOption[]): string {
  return table(
    ['option', 'meaning', 'values'],
    given.map((option) => [code(option.flags), option.summary, choices(option)]),
  );
}

function choices({ choices: values }: { choices?: readonly string[] }): string {
  return (values ?? []).map(code).join(', ');
}
