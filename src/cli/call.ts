import { basename, dirname, resolve } from 'node:path';
import { findOnPath } from '../tools/path-search.ts';
import { shellWord } from '../tools/shell-word.ts';
import { shownOf, type Command } from './command.ts';

/** How the user called the program, so that a command in a hint can be pasted as it stands. */
export interface Call {
  /** as it is typed in a shell: `cryptodm`, `./cryptodm` */
  program: string;
  /** flags that choose the lake, as they are typed */
  flags: readonly string[];
}

/** Flags that choose the lake. */
const choosing = ['--config', '--data', '--target'];

/**
 * @param calledAs the path by which the program was called; undefined: by its name
 * @param argv arguments of this call
 */
export function callOf(calledAs: string | undefined, env: NodeJS.ProcessEnv, argv: readonly string[]): Call {
  const end = argv.indexOf('--');
  const given = end < 0 ? argv : argv.slice(0, end);
  const flags = choosing.flatMap((flag) => {
    const at = given.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
    const value = given[at] === flag ? given[at + 1] : given[at]?.slice(flag.length + 1);
    return value === undefined ? [] : [flag, shellWord(value)];
  });
  return { program: programOf(calledAs, env), flags };
}

/** Hints name the program `cryptodm`; their commands get the name and the flags of this call. */
export function repeatCall(text: string, { program, flags }: Call, commands: readonly Command[]): string {
  const names = [...shownOf(commands).map(({ name }) => name), '--help', 'COMMAND'];
  const command = new RegExp(`(?<![\\w/.-])cryptodm (?=(${names.join('|')})(?![\\w-]))`, 'g');
  return text.replace(command, () => `${[program, ...flags].join(' ')} `);
}

function programOf(calledAs: string | undefined, env: NodeJS.ProcessEnv): string {
  if (calledAs === undefined) return 'cryptodm';
  const found = findOnPath('cryptodm', env);
  const isFound = found !== undefined && resolve(dirname(found)) === resolve(dirname(calledAs));
  return isFound && basename(calledAs) === 'cryptodm' ? 'cryptodm' : shellWord(calledAs);
}
