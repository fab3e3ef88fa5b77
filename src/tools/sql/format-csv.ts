import type { Formatter, Write } from './formatter.ts';
import type { Cell } from './types.ts';

/**
 * RFC 4180: a header line, CRLF, quotes only where needed. NULL is an empty field, the empty string `""`. Nested values are JSON.
 * @param options.forSpreadsheets an apostrophe comes before a text that a spreadsheet would take for a formula
 *   (https://owasp.org/www-community/attacks/CSV_Injection); a program that wants the values as they are does without
 */
export function formatCsv(write: Write, { forSpreadsheets = false }: { forSpreadsheets?: boolean } = {}): Formatter {
  const line = (fields: string[]) => `${fields.join(',')}\r\n`;
  const safe = (text: string) => quote(forSpreadsheets && isFormula(text) ? `'${text}` : text);
  const field = (cell: Cell) => {
    if (cell === null) return '';
    if (typeof cell === 'string') return cell === '' ? '""' : safe(cell);
    return safe(typeof cell === 'object' ? JSON.stringify(cell) : String(cell));
  };
  return {
    columns: (columns) => write(line(columns.map((column) => safe(column.name)))),
    rows: (rows) => write(rows.map((row) => line(row.map(field))).join('')),
    end: () => undefined,
  };
}

/** Decimals come as text: a sign before a plain number begins no formula. */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
