import type { Formatter, Write } from './formatter.ts';
import type { Cell, ResultColumn } from './types.ts';

export interface JsonForm {
  /** one row as an object on each line, without the array around them */
  lines?: boolean;
  /** decimals and long integers are numbers where a double holds every digit of them */
  numbers?: boolean;
}

/** The most significant digits that any double keeps. */
const exactDigits = 15;

/**
 * One JSON array with one row as an object on each line, so that it can also be read as a stream. Decimals, and integers beyond 2^53, are
 * strings: no digit is lost. When a name occurs again, `:1`, `:2` is appended.
 */
export function formatJson(write: Write, { lines = false, numbers = false }: JsonForm = {}): Formatter {
  let columns: ResultColumn[] = [];
  let names: string[] = [];
  let first = true;
  const object = (row: Cell[]) =>
    JSON.stringify(rowObject(names, numbers ? row.map((cell, at) => toNumber(cell, columns[at])) : row));
  return {
    columns(given) {
      columns = given;
      names = distinct(given.map((column) => column.name));
    },
    rows(rows) {
      if (lines) return write(rows.map((row) => `${object(row)}\n`).join(''));
      const text = rows.map((row, at) => `${first && at === 0 ? '[\n' : ',\n'}${object(row)}`).join('');
      first = first && rows.length === 0;
      return write(text);
    },
    end: () => (lines ? undefined : write(first ? '[]\n' : '\n]\n')),
  };
}

function toNumber(cell: Cell, column: ResultColumn | undefined): Cell {
  if (column?.kind !== 'number' || typeof cell !== 'string') return cell;
  const [, whole = '', fraction = ''] = /^-?(\d+)(?:\.(\d+))?$/.exec(cell) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+|0+$/g, '');
  return whole !== '' && digits.length <= exactDigits ? Number(cell) : cell;
}

/** A row as an object, by unique names. */
export function rowObject(names: readonly string[], row: readonly Cell[]): Record<string, Cell> {
  const object: Record<string, Cell> = Object.create(null) as Record<string, Cell>;
  names.forEach((name, at) => (object[name] = row[at] ?? null));
  return object;
}

/** Names made different from each other: `a`, `a:1`, `a:2`. */
export function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let count = 1; taken.has(free); count++) free = `${name}:${count}`;
    taken.add(free);
    return free;
  });
}
