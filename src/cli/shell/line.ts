import { splitStatements } from '../../tools/sql/statements.ts';
import { tokenize } from '../../tools/sql/tokens.ts';

/** Commands of the shell itself, and what each does. */
export const shellCommands: readonly { name: string; argument?: string; does: string }[] = [
  { name: '\\d', argument: '[TABLE]', does: 'list the tables, or the columns of one' },
  { name: '\\timing', argument: '[on|off]', does: 'show how long each statement takes' },
  { name: '\\watch', argument: '[SECONDS]', does: 'repeat the last statement (every 2 s) until Ctrl-C' },
  { name: '\\?', does: 'show this help' },
  { name: '\\q', does: 'leave; so does Ctrl-D' },
];

/** What a line asks for. */
export type ShellTask = { kind: 'command'; name: string; argument: string } | { kind: 'statement'; sql: string };

/**
 * Takes a line that was entered.
 * @param waiting what was entered before and does not end with a semicolon yet
 * @returns what is complete now, and what still waits for its semicolon
 */
export function takeLine(waiting: string, line: string): { tasks: ShellTask[]; waiting: string } {
  const command = /^\s*(\\\S+)\s*(.*?)[\s;]*$/.exec(line);
  if (waiting === '' && command !== null) {
    const [, name = '', argument = ''] = command;
    return { tasks: [{ kind: 'command', name, argument }], waiting };
  }
  // As people leave other shells.
  const word = /^\s*(exit|quit|help)[\s;]*$/i.exec(line)?.[1]?.toLowerCase();
  if (waiting === '' && word !== undefined) {
    return { tasks: [{ kind: 'command', name: word === 'help' ? '\\?' : '\\q', argument: '' }], waiting };
  }
  const text = `${waiting}${line}\n`;
  const end = tokenize(text).findLast(({ kind, text: piece }) => kind === 'symbol' && piece === ';')?.end ?? 0;
  const rest = text.slice(end);
  const tasks = splitStatements(text.slice(0, end)).map(({ sql }): ShellTask => ({ kind: 'statement', sql }));
  return { tasks, waiting: isEmpty(rest) ? '' : rest };
}

/** Blanks and closed comments only. */
function isEmpty(text: string): boolean {
  return tokenize(text).length === 0 && tokenize(`${text} x`).length === 1;
}
