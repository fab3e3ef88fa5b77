import type { Formatter, Write } from './formatter.ts';
import type { Cell } from './types.ts';

/**
 * One JSON array with one row as an object on each line, so that it can also be read as a stream. Decimals, and integers beyond 2^53, are
 * strings: no digit is lost. When a name occurs again, `:1`, `:2` is appended.
 */
export function formatJson(write: Write): Formatter {
  let names: string[] = [];
  let first = true;
  return {
    columns(columns) {
      names = distinct(columns.map((column) => column.name));
      return write('[');
    },
    rows(rows) {
      const text = rows
        .map((row, at) => `${first && at === 0 ? '\n' : ',\n'}${JSON.stringify(rowObject(names, row))}`)
        .join('');
      first = first && rows.length === 0;
      return write(text);
    },
    end: () => write(first ? ']\n' : '\n]\n'),
  };
}

/** One object a line, for programs that read a stream; values as in `formatJson`. */
export function formatJsonLines(write: Write): Formatter {
  let names: string[] = [];
  return {
    columns(columns) {
      names = distinct(columns.map((column) => column.name));
    },
    rows: (rows) => write(rows.map((row) => `${JSON.stringify(rowObject(names, row))}\n`).join('')),
    end: () => undefined,
  };
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
