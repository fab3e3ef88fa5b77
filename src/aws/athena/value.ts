import type { Cell, ColumnKind, ResultColumn } from '../../tools/sql/types.ts';

/** A column as Athena describes it. */
export interface AthenaColumn {
  name: string;
  /** such as `varchar`, `decimal`, `timestamp with time zone` */
  type: string;
  precision: number;
  scale: number;
}

/** A column as the formatters describe it. */
export function toColumn({ name, type, precision, scale }: AthenaColumn): ResultColumn {
  const upper = type.toUpperCase();
  return {
    name,
    type: upper === 'DECIMAL' ? `DECIMAL(${String(precision)},${String(scale)})` : upper,
    kind: kindOf(type),
  };
}

function kindOf(type: string): ColumnKind {
  if (type === 'boolean') return 'boolean';
  if (type === 'varbinary') return 'binary';
  if (/^(tinyint|smallint|integer|int|bigint|float|real|double|decimal)/.test(type)) return 'number';
  if (/^(date|time|interval)/.test(type)) return 'time';
  if (/^(array|map|row|struct)/.test(type)) return 'nested';
  return 'text';
}

/**
 * A value of Athena, which writes every value as text, as a cell without loss: decimals and integers beyond 2^53 are strings, times are ISO-8601
 * (with `Z` for instants). Arrays, maps and rows stay in Athena's own text form.
 */
export function toCell(text: string | undefined, { type }: AthenaColumn): Cell {
  if (text === undefined) return null;
  if (type === 'boolean') return text === 'true';
  if (/^(tinyint|smallint|integer|int|bigint)/.test(type)) {
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : text;
  }
  if (/^(float|real|double)/.test(type)) {
    const number = Number(text);
    return Number.isFinite(number) ? number : text;
  }
  if (type.startsWith('timestamp')) return isoTime(text) ?? text;
  return text;
}

/** From `2025-07-08 05:43:00.000 UTC`; without a fraction that is zero. */
function isoTime(text: string): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:\s*(UTC|Z|[+-]\d{2}:\d{2}))?$/.exec(text);
  if (match === null) return undefined;
  const [, date = '', time = '', fraction = '', zone] = match;
  const digits = fraction.replace(/(000)+$/, '');
  const offset = zone === undefined ? '' : zone === 'UTC' ? 'Z' : zone;
  return `${date}T${time}${digits === '' ? '' : `.${digits}`}${offset}`;
}
