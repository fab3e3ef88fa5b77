import type { DuckDBResult, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type * as DuckDB from '@duckdb/node-api';
import type { Cell, ColumnKind, ResultColumn } from './types.ts';

/**
 * Turns DuckDB's values into cells without loss: decimals, and integers beyond 2^53, are strings; times are ISO-8601 (`Z` when they are instants), to
 * the microsecond where there is one; binary is DuckDB's text form (printable ASCII, the rest as \xNN); NaN and infinities are strings.
 */
export class CellReader {
  constructor(private readonly api: typeof DuckDB) {}

  /** The columns of a result, with names as the statement gives them. */
  columnsOf(result: DuckDBResult): ResultColumn[] {
    return result.columnNames().map((name, at) => {
      const type = result.columnType(at);
      return { name, type: type.toString(), kind: this.kindOf(type) };
    });
  }

  private kindOf(type: DuckDBType): ColumnKind {
    const name = this.api.DuckDBTypeId[type.typeId] ?? '';
    if (name === 'BOOLEAN') return 'boolean';
    if (name === 'BLOB') return 'binary';
    if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL|BIGNUM)$/.test(name)) return 'number';
    if (/^(DATE|TIME.*|INTERVAL)$/.test(name)) return 'time';
    if (/^(LIST|ARRAY|STRUCT|MAP|UNION)$/.test(name)) return 'nested';
    return 'text';
  }

  /** For a chunk's convertRows. */
  readonly toCell = (value: DuckDBValue, type: DuckDBType): Cell => {
    if (value === null || value === undefined) return null;
    if (typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    if (value instanceof this.api.DuckDBTimestampTZValue) return isoInstant(value.micros, 'Z') ?? value.toString();
    if (value instanceof this.api.DuckDBTimestampValue) return isoInstant(value.micros, '') ?? value.toString();
    if (
      value instanceof this.api.DuckDBTimestampSecondsValue ||
      value instanceof this.api.DuckDBTimestampMillisecondsValue ||
      value instanceof this.api.DuckDBTimestampNanosecondsValue
    ) {
      return value.toString().replace(' ', 'T');
    }
    if (value instanceof this.api.DuckDBListValue || value instanceof this.api.DuckDBArrayValue) {
      const inner = (type as DuckDB.DuckDBListType).valueType;
      return value.items.map((item) => this.toCell(item, inner));
    }
    if (value instanceof this.api.DuckDBStructValue) {
      const { entryNames, entryTypes } = type as DuckDB.DuckDBStructType;
      return Object.fromEntries(
        entryNames.map((name, at) => [name, this.toCell(value.entries[name] ?? null, entryTypes[at] as DuckDBType)]),
      );
    }
    if (value instanceof this.api.DuckDBMapValue) {
      const { keyType, valueType } = type as DuckDB.DuckDBMapType;
      return value.entries.map((entry) => ({
        key: this.toCell(entry.key, keyType),
        value: this.toCell(entry.value, valueType),
      }));
    }
    return value.toString();
  };
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
