import { shownOf, type Command, type CommandArgument } from './command.ts';
import { globalOptions, type CommandOption, type Values } from './flags.ts';

/** What may follow the words typed so far. */
export interface Completion {
  words: readonly string[];
  /** what the shell or the lake knows */
  values?: Values;
}

/** @param typed the words after the program's name; the last one is being typed */
export function complete(typed: readonly string[], commands: readonly Command[]): Completion {
  const words = [...typed];
  const current = words.pop() ?? '';
  if (words[0] === 'help') words.shift();
  const shown = shownOf(commands);
  const { command, group, operands, open } = walk(words, shown);
  if (open !== undefined) return offer(open);
  if (current.startsWith('-')) {
    const options = [...(command?.options ?? []), ...globalOptions].flatMap(
      ({ flags }) => flags.match(/--[a-z-]+/g) ?? [],
    );
    return { words: [...options, '--help', ...(command === undefined ? ['--version'] : [])] };
  }
  if (group.length > 0)
    return { words: [...group.map(({ name }) => name), ...(command === undefined ? ['help'] : [])] };
  const declared = command?.arguments ?? [];
  const last = declared.at(-1);
  const argument = declared[operands] ?? (last?.many === true ? last : undefined);
  return argument === undefined ? { words: [] } : offer(argument);
}

interface Place {
  command: Command | undefined;
  /** commands that may come next */
  group: readonly Command[];
  /** arguments of the command that are there */
  operands: number;
  /** the option whose value comes next */
  open: CommandOption | undefined;
}

function walk(words: readonly string[], commands: readonly Command[]): Place {
  const place: Place = { command: undefined, group: commands, operands: 0, open: undefined };
  const anywhere = [...globalOptions, ...commands.flatMap(({ options = [] }) => options)];
  for (const word of words) {
    if (place.open !== undefined) {
      place.open = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const known = [...(place.command?.options ?? []), ...anywhere];
      const option = known.find(({ flags }) => flags.split(/[ ,]+/).includes(word));
      if (option !== undefined && /[<[]/.test(option.flags)) place.open = option;
      continue;
    }
    const found = place.group.find(({ name }) => name === word);
    if (found === undefined) place.operands += 1;
    else Object.assign(place, { command: found, group: found.subcommands ?? [] });
  }
  return place;
}

function offer({ choices = [], values }: CommandOption | CommandArgument): Completion {
  return { words: choices, ...(values === undefined ? {} : { values }) };
}

/** The completion script of a shell: it asks the program for each word, so that it never gets old. */
export function renderCompletion(shell: string): string {
  if (shell === 'fish') return fishScript;
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${bashScript}` : bashScript;
}

// A first line that begins with ":" asks the shell for files or folders.
const bashScript = `_cryptodm() {
  local current="\${COMP_WORDS[COMP_CWORD]}" answer
  answer="$("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)"
  case "$answer" in
    :file) COMPREPLY=($(compgen -f -- "$current")) ;;
    :folder) COMPREPLY=($(compgen -d -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$answer" -- "$current")) ;;
  esac
}
complete -F _cryptodm cryptodm`;

const fishScript = `function __cryptodm_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l answer ($words[1] complete -- $words[2..-1] 2>/dev/null)
  switch "$answer[1]"
    case :file
      __fish_complete_path (commandline -ct)
    case :folder
      __fish_complete_directories (commandline -ct)
    case '*'
      printf '%s\\n' $answer
  end
end
complete -c cryptodm -f -a '(__cryptodm_complete)'`;
