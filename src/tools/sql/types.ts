/** A value of a result, ready for JSON: nothing is rounded. */
export type Cell = null | boolean | number | string | Cell[] | { [field: string]: Cell };

/** How a column is shown: numbers to the right, all others to the left. */
export type ColumnKind = 'number' | 'boolean' | 'text' | 'time' | 'binary' | 'nested';

export interface ResultColumn {
  name: string;
  /** DuckDB's name of the type, such as `DECIMAL(24,12)` */
  type: string;
  kind: ColumnKind;
}

/** Receives a result in parts; the query waits for a returned promise. */
export interface QuerySink {
  /** once, before any row */
  columns(columns: ResultColumn[]): void | Promise<void>;
  rows(rows: Cell[][]): void | Promise<void>;
}

export interface QueryLimits {
  /** wall clock of the statement in seconds; none when absent */
  seconds?: number | undefined;
  /** rows to deliver at most, the outcome says when it cut; no limit when absent */
  rows?: number | undefined;
  /** bytes of the delivered rows as JSON, a limit like `rows`; no limit when absent */
  bytes?: number;
  /** memory of the engine in bytes; 1 GiB when absent */
  memoryBytes?: number;
  /** processor threads of the engine; 2 when absent */
  threads?: number;
}

/** A named SELECT that can be queried like a table, such as `crypto_db.crypto_trader_view`. */
export interface ViewDefinition {
  name: string;
  select: string;
}

/** Files of a lake's tables. */
export interface LakeFiles {
  /** SQLite file of the JDBC catalog */
  catalogFile: string;
  /** name of the catalog inside that file; all when absent */
  catalogName?: string;
  /** folder of the tables; the engine reads files of this folder only */
  warehouse: string;
  views: readonly ViewDefinition[];
}

export interface QueryOutcome {
  columns: ResultColumn[];
  /** rows delivered */
  rows: number;
  /** true when the row limit cut the result */
  cut: boolean;
  /** wall clock of the statement, from parsing to the last row */
  seconds: number;
}
