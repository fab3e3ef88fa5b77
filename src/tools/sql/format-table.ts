import type { Formatter, Write } from './formatter.ts';
import type { Cell, ResultColumn } from './types.ts';

const gap = '  ';
/** No text column becomes narrower than this, unless it is by itself. */
const narrowest = 12;

/** What a table is shown on. */
export interface Screen {
  /** characters of a line */
  width: number;
  /** shows a table of more lines than this with all its columns, in place of `write` */
  pager?: { lines: number; show: Write } | undefined;
}

/**
 * A table for people, written at the end: numbers right, the rest left, NULL in words. Decimals lose the zeros that no row of their column
 * needs. Text columns are shortened to fit the width; when that isn't enough, each row becomes a block of `name  value` lines: nothing is hidden.
 * Control characters are shown as escapes: data never drives the terminal.
 */
export function formatTable(write: Write, screen: Screen = { width: Number.POSITIVE_INFINITY }): Formatter {
  let columns: ResultColumn[] = [];
  const rows: Cell[][] = [];
  return {
    columns(given) {
      columns = given;
    },
    rows(batch) {
      for (const row of batch) rows.push(row);
    },
    end: () => {
      const text = layOut(columns, rows, screen.width);
      const { pager } = screen;
      if (pager === undefined || text.split('\n').length <= pager.lines) return write(text);
      return pager.show(layOut(columns, rows, Number.POSITIVE_INFINITY));
    },
  };
}

function layOut(columns: ResultColumn[], rows: Cell[][], width: number): string {
  // A plan is drawn in lines already.
  if (columns.map((column) => column.name).join() === 'explain_key,explain_value') {
    return rows.map((row) => `${String(row[1]).trimEnd()}\n`).join('');
  }
  const names = columns.map((column) => legible(column.name));
  const shown = columns.map((column, at) => {
    const cells = rows.map((row) => text(row[at] ?? null));
    return /^DECIMAL/.test(column.type) ? trimZeros(cells) : cells;
  });
  const wanted = names.map((name, at) =>
    (shown[at] ?? []).reduce((most, cell) => Math.max(most, displayWidth(cell)), displayWidth(name)),
  );
  const widths = fit(columns, names, wanted, width);
  if (widths === undefined && rows.length > 0) return blocks(names, shown, rows.length);
  const final = widths ?? wanted;
  const last = columns.length - 1;
  const line = (cells: string[]) =>
    cells.map((cell, at) => align(cell, final[at] ?? 0, columns[at]?.kind === 'number', at === last)).join(gap);
  const lines = [line(names), final.map((size) => '─'.repeat(size)).join(gap)];
  for (let at = 0; at < rows.length; at++) lines.push(line(shown.map((cells) => cells[at] ?? '')));
  return `${lines.join('\n')}\n`;
}

/** Widths that fit, by shortening the widest text columns first; undefined when numbers and times alone are too wide. */
function fit(columns: ResultColumn[], names: string[], wanted: number[], width: number): number[] | undefined {
  const widths = [...wanted];
  let excess = widths.reduce((sum, size) => sum + size, 0) + gap.length * (widths.length - 1) - width;
  const shrinkable = columns.flatMap((column, at) => (column.kind === 'number' || column.kind === 'time' ? [] : [at]));
  const floor = (at: number) => Math.min(wanted[at] ?? 0, Math.max(narrowest, displayWidth(names[at] ?? '')));
  while (excess > 0) {
    const widest = shrinkable
      .filter((at) => (widths[at] ?? 0) > floor(at))
      .sort((one, other) => (widths[other] ?? 0) - (widths[one] ?? 0))[0];
    if (widest === undefined) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}

function blocks(names: string[], shown: string[][], count: number): string {
  const size = names.reduce((most, name) => Math.max(most, displayWidth(name)), 0);
  const lines: string[] = [];
  for (let at = 0; at < count; at++) {
    lines.push(`─── row ${at + 1} ───`);
    names.forEach((name, column) => lines.push(`${align(name, size, false, false)}${gap}${shown[column]?.[at] ?? ''}`));
  }
  return `${lines.join('\n')}\n`;
}

function align(cell: string, size: number, right: boolean, last: boolean): string {
  const fitted = shorten(cell, size);
  const pad = ' '.repeat(Math.max(0, size - displayWidth(fitted)));
  return right ? pad + fitted : last ? fitted : fitted + pad;
}

function shorten(cell: string, size: number): string {
  if (displayWidth(cell) <= size) return cell;
  let kept = '';
  let used = 0;
  for (const character of cell) {
    const next = displayWidth(character);
    if (used + next > size - 1) break;
    kept += character;
    used += next;
  }
  return `${kept}…`;
}

function text(cell: Cell): string {
  if (cell === null) return 'NULL';
  return legible(typeof cell === 'string' ? cell : JSON.stringify(cell));
}

function legible(value: string): string {
  return value.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\r') return '\\r';
    if (character === '\t') return '\\t';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Removes the zeros at the end that all values of a decimal column have, so that the points stay below each other. */
function trimZeros(cells: string[]): string[] {
  let needed = 0;
  for (const cell of cells) {
    const point = cell.indexOf('.');
    if (point >= 0) needed = Math.max(needed, cell.replace(/0+$/, '').length - point - 1);
  }
  return cells.map((cell) => {
    const point = cell.indexOf('.');
    return point < 0 ? cell : cell.slice(0, needed === 0 ? point : point + 1 + needed);
  });
}

/** Columns of a terminal that a text takes: wide East Asian characters and emoji two, combining marks none. */
export function displayWidth(value: string): number {
  if (/^[\u0000-\u007f]*$/.test(value)) return value.length;
  let size = 0;
  for (const character of value) {
    if (/\p{Mn}|\p{Me}|\u200d|[\ufe00-\ufe0f]/u.test(character)) continue;
    size +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return size;
}
