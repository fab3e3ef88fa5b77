import type { Command } from './command.ts';

interface Words {
  name: string;
  summary: string;
  words: string[];
}

const globals = ['--json', '--quiet', '--verbose', '--yes', '--no-input', '--config', '--data', '--help'];

/** The completion script of a shell, made from the commands. */
export function renderCompletion(shell: string, commands: Command[]): string {
  const known = commands
    .filter((command) => command.hidden !== true)
    .map((command) => ({ name: command.name, summary: command.summary, words: [...wordsOf(command), ...globals] }));
  if (shell === 'fish') return renderFish(known);
  const bash = renderBash(known);
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${bash}` : bash;
}

function wordsOf(command: Command): string[] {
  return [
    ...(command.subcommands ?? []).map((sub) => sub.name),
    ...(command.arguments ?? []).flatMap((argument) => argument.choices ?? []),
    ...(command.options ?? []).flatMap((option) => /--[a-z-]+/.exec(option.flags)?.[0] ?? []),
    ...(command.options ?? []).flatMap((option) => option.choices ?? []),
  ];
}

function renderBash(known: Words[]): string {
  const cases = known.map(({ name, words }) => `    ${name}) words="${words.join(' ')}" ;;`);
  return `_cryptodm() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="${known.map(({ name }) => name).join(' ')} --help --version" ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${known.map(({ name }) => name).join(' ')} --help --version"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _cryptodm cryptodm`;
}

function renderFish(known: Words[]): string {
  return [
    'complete -c cryptodm -f',
    ...known.map(
      ({ name, summary }) =>
        `complete -c cryptodm -n __fish_use_subcommand -a ${name} -d '${summary.replace(/'/g, "\\'")}'`,
    ),
    ...known.map(
      ({ name, words }) => `complete -c cryptodm -n '__fish_seen_subcommand_from ${name}' -a '${words.join(' ')}'`,
    ),
  ].join('\n');
}
