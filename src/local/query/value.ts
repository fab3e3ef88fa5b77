import {
  DuckDBArrayValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBResult,
  type DuckDBStructType,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Cell, ColumnKind, ResultColumn } from '../../tools/sql/types.ts';

/** The columns of a result, with names as the statement gives them. */
export function columnsOf(result: DuckDBResult): ResultColumn[] {
  return result.columnNames().map((name, at) => toColumn(name, result.columnType(at)));
}

/** A column as the formatters describe it. */
export function toColumn(name: string, type: DuckDBType): ResultColumn {
  return { name, type: type.toString(), kind: kindOf(type) };
}

function kindOf(type: DuckDBType): ColumnKind {
  const name = DuckDBTypeId[type.typeId] ?? '';
  if (name === 'BOOLEAN') return 'boolean';
  if (name === 'BLOB') return 'binary';
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL|BIGNUM)$/.test(name)) return 'number';
  if (/^(DATE|TIME.*|INTERVAL)$/.test(name)) return 'time';
  if (/^(LIST|ARRAY|STRUCT|MAP|UNION)$/.test(name)) return 'nested';
  return 'text';
}

/**
 * Turns a value of DuckDB into a cell without loss: decimals, and integers beyond 2^53, are strings; times are ISO-8601 (`Z` when they are
 * instants), to the microsecond where there is one; binary is DuckDB's text form (printable ASCII, the rest as \xNN); NaN and infinities are strings.
 */
export function toCell(value: DuckDBValue, type: DuckDBType): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof DuckDBTimestampTZValue) return isoInstant(value.micros, 'Z') ?? value.toString();
  if (value instanceof DuckDBTimestampValue) return isoInstant(value.micros, '') ?? value.toString();
  if (
    value instanceof DuckDBTimestampSecondsValue ||
    value instanceof DuckDBTimestampMillisecondsValue ||
    value instanceof DuckDBTimestampNanosecondsValue
  ) {
    return value.toString().replace(' ', 'T');
  }
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    const inner = (type as DuckDBListType).valueType;
    return value.items.map((item) => toCell(item, inner));
  }
  if (value instanceof DuckDBStructValue) {
    const { entryNames, entryTypes } = type as DuckDBStructType;
    return Object.fromEntries(
      entryNames.map((name, at) => [name, toCell(value.entries[name] ?? null, entryTypes[at] as DuckDBType)]),
    );
  }
  if (value instanceof DuckDBMapValue) {
    const { keyType, valueType } = type as DuckDBMapType;
    return value.entries.map((entry) => ({ key: toCell(entry.key, keyType), value: toCell(entry.value, valueType) }));
  }
  return value.toString();
}

/** ISO-8601 of microseconds since the epoch; undefined for infinities and years that JavaScript's dates don't know. */
export function isoInstant(micros: bigint, zone: 'Z' | ''): string | undefined {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((micros - fraction) / 1000n));
  if (Number.isNaN(date.getTime())) return undefined;
  const seconds = date.toISOString().replace(/\.\d+Z$/, '');
  if (fraction === 0n) return `${seconds}${zone}`;
  const digits = fraction.toString().padStart(6, '0');
  return `${seconds}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}${zone}`;
}
