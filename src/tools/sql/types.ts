/** A value of a result, ready for JSON: nothing is rounded. */
export type Cell = null | boolean | number | string | Cell[] | { [field: string]: Cell };

/** How a column is shown: numbers right, the rest left. */
export type ColumnKind = 'number' | 'boolean' | 'text' | 'time' | 'binary' | 'nested';

export interface ResultColumn {
  name: string;
  /** DuckDB's name of the type, such as `DECIMAL(24,12)` */
  type: string;
  kind: ColumnKind;
}

/** Receives a result as it comes; a returned promise holds the query back until it is done. */
export interface QuerySink {
  /** once, before any row */
  columns(columns: ResultColumn[]): void | Promise<void>;
  rows(rows: Cell[][]): void | Promise<void>;
}

export interface QueryLimits {
  /** wall clock of the statement in seconds; none when absent */
  seconds?: number | undefined;
  /** rows delivered; the rest is left out and the outcome says so; none when absent */
  rows?: number | undefined;
  /** bytes of the rows delivered, as JSON; the rest is left out as by `rows`; none when absent */
  bytes?: number;
  /** what the engine may hold in memory, in bytes; 1 GiB when absent */
  memoryBytes?: number;
  /** processor threads of the engine; 2 when absent */
  threads?: number;
}

/** A named SELECT that stands beside the tables, such as `crypto_db.crypto_trader_view`. */
export interface ViewDefinition {
  name: string;
  select: string;
}

/** Where the lake's tables are. */
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
