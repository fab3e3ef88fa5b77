import { tokenize } from './tokens.ts';

/** One statement of a script. */
export interface ScriptStatement {
  /** without its semicolon; blank lines and blanks in front of it keep the lines and columns that it has in the script */
  sql: string;
  /** it ends with a semicolon */
  ended: boolean;
}

/** The statements of a script, without empty ones. What is in texts, names and comments ends none. */
export function splitStatements(script: string): ScriptStatement[] {
  const statements: ScriptStatement[] = [];
  let start: number | undefined;
  let end = 0;
  const close = (ended: boolean) => {
    if (start === undefined) return;
    const before = script.slice(0, start).split('\n');
    const place = '\n'.repeat(before.length - 1) + ' '.repeat([...(before.at(-1) ?? '')].length);
    statements.push({ sql: place + script.slice(start, end), ended });
    start = undefined;
  };
  for (const token of tokenize(script)) {
    if (token.kind === 'symbol' && token.text === ';') close(true);
    else {
      start ??= token.start;
      end = token.end;
    }
  }
  close(false);
  return statements;
}

/** A statement on one line, without its comments. */
export function joinLines(sql: string): string {
  let end: number | undefined;
  let line = '';
  for (const token of tokenize(sql)) {
    line += end === undefined || end === token.start ? token.text : ` ${token.text}`;
    end = token.end;
  }
  return line;
}
