import { formatCsv } from './format-csv.ts';
import { formatJson, formatJsonLines } from './format-json.ts';
import { formatTable } from './format-table.ts';
import type { Formatter, Write } from './formatter.ts';
import type { QueryOutcome } from './types.ts';

export const queryFormats = ['table', 'json', 'jsonl', 'csv'] as const;
export type QueryFormat = (typeof queryFormats)[number];

/** Rows that a table shows by default; CSV and JSON have no such limit. */
export const defaultTableRows = 1000;

/** A formatter for one result. `width`: columns of the terminal; unbounded when absent. */
export function createFormatter(format: QueryFormat, write: Write, width?: number): Formatter {
  switch (format) {
    case 'table':
      return formatTable(write, width);
    case 'json':
      return formatJson(write);
    case 'jsonl':
      return formatJsonLines(write);
    case 'csv':
      return formatCsv(write);
  }
}

/** One line about a result for people, such as `7 rows in 0.21 s`. `seconds` may be those of the whole process. */
export function describeOutcome(outcome: Pick<QueryOutcome, 'rows' | 'cut'>, seconds: number): string {
  // A locale would take 12 ms to load.
  const count = `${String(outcome.rows).replace(/\B(?=(\d{3})+$)/g, ',')} ${outcome.rows === 1 ? 'row' : 'rows'}`;
  const time = `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  return outcome.cut
    ? `the first ${count} in ${time}; there are more (--format csv or json gives all)`
    : `${count} in ${time}`;
}
