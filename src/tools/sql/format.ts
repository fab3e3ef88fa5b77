import { formatCsv } from './format-csv.ts';
import { formatJson } from './format-json.ts';
import { formatTable, type Screen } from './format-table.ts';
import type { Formatter, Write } from './formatter.ts';
import type { QueryOutcome } from './types.ts';

export const queryFormats = ['table', 'json', 'jsonl', 'csv'] as const;
export type QueryFormat = (typeof queryFormats)[number];

/** Rows that a table shows by default; CSV and JSON have no such limit. */
export const defaultTableRows = 1000;

export interface FormatOptions {
  /** of a table: unbounded when absent */
  screen?: Screen | undefined;
  /** of JSON: see `JsonForm` */
  numbers?: boolean;
}

/** A formatter for one result. */
export function createFormatter(format: QueryFormat, write: Write, options: FormatOptions = {}): Formatter {
  const { screen, numbers = false } = options;
  switch (format) {
    case 'table':
      return formatTable(write, screen);
    case 'json':
      return formatJson(write, { numbers });
    case 'jsonl':
      return formatJson(write, { lines: true, numbers });
    case 'csv':
      return formatCsv(write);
  }
}

/** The number of rows for people, such as `1,234 rows`. */
export function countRows(rows: number): string {
  // A locale would take 12 ms to load.
  return `${String(rows).replace(/\B(?=(\d{3})+$)/g, ',')} ${rows === 1 ? 'row' : 'rows'}`;
}

/** One line about a result for people, such as `7 rows in 0.21 s`. `seconds` may be those of the whole process; absent: no time. */
export function describeOutcome({ rows, cut }: Pick<QueryOutcome, 'rows' | 'cut'>, seconds?: number): string {
  const time = seconds === undefined ? '' : ` in ${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  return cut ? `the first ${countRows(rows)}${time}; there are more (--limit N shows N)` : `${countRows(rows)}${time}`;
}
