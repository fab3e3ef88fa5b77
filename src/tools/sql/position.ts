/** A position in a SQL text, as people and editors name it. */
export interface SqlPosition {
  /** counted from 1 */
  line: number;
  /** counted from 1, in characters */
  column: number;
  /** `line 2, column 8` */
  where: string;
  /** the line and, below it, a caret under the column */
  snippet: string;
  facts: { line: number; column: number };
}

/** Characters of a long line that are shown around the position. */
const shown = 100;

/**
 * Line and column of an offset from the start of the SQL: in bytes of UTF-8, as DuckDB's binder counts, or in characters, as its parser does.
 */
export function positionAt(sql: string, offset: number, unit: 'bytes' | 'characters' = 'bytes'): SqlPosition {
  const before =
    unit === 'bytes' ? Buffer.from(sql).subarray(0, offset).toString() : [...sql].slice(0, offset).join('');
  const start = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  const text = sql.slice(start).split(/\r?\n/, 1)[0] ?? '';
  const column = [...before.slice(start)].length + 1;
  const characters = [...text];
  const from = characters.length > shown ? Math.max(0, Math.min(column - 1 - shown / 2, characters.length - shown)) : 0;
  const lead = from > 0 ? '…' : '';
  const visible = lead + characters.slice(from, from + shown).join('') + (from + shown < characters.length ? '…' : '');
  // Tabs stay, so that the caret stays under the character.
  const indent = characters.slice(from, column - 1).map((character) => (character === '\t' ? '\t' : ' '));
  const caret = `${' '.repeat(lead.length)}${indent.join('')}^`;
  return {
    line,
    column,
    where: `line ${line}, column ${column}`,
    snippet: `${visible}\n${caret}`,
    facts: { line, column },
  };
}
