import type { Position } from './positions.ts';

/** The tables that name what they hold of the topics, in `cryptodm.offsets.*`. */
export const heldTables = ['crypto_quote', 'quote_coverage', 'crypto_trader', 'bad_record'] as const;

export type HeldTable = (typeof heldTables)[number];

/** Those that a reader looks at. */
export type ObservedTable = Exclude<HeldTable, 'quote_coverage'>;

/** One snapshot of a table as a reader saw it. */
export interface Observation {
  table: ObservedTable;
  /** `cryptodm.offsets.*` of that very version of the table, by topic; absent when the pointer had to be read again */
  offsets?: Record<string, Position>;
  rows: number;
  /** number of distinct keys */
  keys: number;
  /** sums over the rows, exact; see the Totals of what is expected */
  first: string;
  second: string;
}

/** A failed query; no query may fail. */
export interface FailedQuery {
  failed: string;
  sql: string;
}

/** Ends of the reader's lines. */
export interface ReaderDone {
  done: true;
  queries: number;
}

export type ReaderLine = Observation | FailedQuery | ReaderDone;

const decimal = (column: string) => `coalesce(sum(${column}), 0)::varchar`;

/** The reader's queries; only trades of the seed's own days, because those of all seeds would take long. */
export function observedSql(table: ObservedTable, days: { from: string; to: string }): string {
  switch (table) {
    case 'crypto_quote':
      return `select count(*) as n, count(distinct (asset_id, asset_type, start_window)) as k,
  ${decimal('price_crypto')} as a, ${decimal('volume')} as b from crypto_db.crypto_quote`;
    case 'crypto_trader':
      return `select count(*) as n, count(distinct transaction_id) as k, ${decimal('quantity')} as a,
  coalesce(sum(revision % (1::bigint << 40)), 0)::varchar as b from crypto_db.crypto_trader
  where transaction_timestamp >= '${days.from}'::timestamptz and transaction_timestamp < '${days.to}'::timestamptz`;
    case 'bad_record':
      return `select count(*) as n, count(distinct (topic, generation, "partition", "offset")) as k,
  coalesce(sum("offset"), 0)::varchar as a, coalesce(sum(octet_length(payload)), 0)::varchar as b from crypto_db.bad_record`;
  }
}
