import type { Formatter, Write } from './formatter.ts';
import type { Cell } from './types.ts';

/**
 * RFC 4180: a header line, CRLF, quotes only where needed. NULL is an empty field, the empty string `""`. Nested values are JSON.
 */
export function formatCsv(write: Write): Formatter {
  const line = (fields: string[]) => `${fields.join(',')}\r\n`;
  return {
    columns: (columns) => write(line(columns.map((column) => quote(column.name)))),
    rows: (rows) => write(rows.map((row) => line(row.map(field))).join('')),
    end: () => undefined,
  };
}

function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return cell === '' ? '""' : quote(cell);
  return quote(typeof cell === 'object' ? JSON.stringify(cell) : String(cell));
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
