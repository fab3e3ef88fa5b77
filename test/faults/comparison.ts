import type { EventTopic } from './events.ts';
import {
  placeOfBad,
  revisionsOf,
  scaled,
  type ExpectedBad,
  type ExpectedCoverage,
  type ExpectedQuotes,
  type ExpectedTrades,
  type StandingBar,
  type Malformed,
  type Totals,
} from './expected.ts';
import type { ExpectedDocuments } from './expected-documents.ts';
import type { Findings } from './findings.ts';
import type { BarValues, TopicLog, TradeValues } from './log.ts';
import type { Observation, ObservedTable } from './observation.ts';
import { isBefore, type Position } from './positions.ts';
import type { Seen } from './reader.ts';

export type Logs = Record<EventTopic, TopicLog>;

/** A row of `crypto_quote`; amounts as text. */
export interface QuoteRow extends BarValues {
  source: string;
  revision: number;
}

export const quoteSql = `select asset_id, asset_type, start_window, price_crypto::varchar as price_crypto, open_price::varchar as open_price,
  high_price::varchar as high_price, low_price::varchar as low_price, volume::varchar as volume, vwap::varchar as vwap,
  trade_count::varchar as trade_count, source, revision::double as revision from crypto_db.crypto_quote`;

const amounts = ['price_crypto', 'open_price', 'high_price', 'low_price', 'volume', 'vwap'] as const;

export function compareQuotes(rows: QuoteRow[], expected: ExpectedQuotes, findings: Findings): void {
  const seen = new Set<string>();
  for (const row of rows) {
    const key = `${row.asset_id}-${row.asset_type}-${row.start_window}`;
    const last = expected.rows.get(key);
    if (seen.has(key)) findings.doubled.push(`${key} in the table`);
    seen.add(key);
    if (last === undefined) findings.wrong.push(`${key} is in the table and in no record`);
    else {
      const other = amounts.find((column) => scaledOrNull(row[column]) !== scaledOrNull(last[column]));
      if (other !== undefined || row.trade_count !== last.trade_count || row.source !== last.source)
        findings.wrong.push(`${key} in the table: ${JSON.stringify(row)}, last record ${JSON.stringify(last)}`);
      else if (!revisionsOf(last).includes(row.revision))
        findings.wrong.push(`${key} has revision ${String(row.revision)}, last record ${String(last.revision)}`);
    }
  }
  for (const key of expected.rows.keys()) if (!seen.has(key)) findings.lost.push(`${key} is not in the table`);
}

function scaledOrNull(amount: string | null): bigint | null {
  return amount === null ? null : scaled(amount);
}

/** @param expected in which a document may be what one of several records says */
export function compareDocuments(
  documents: Map<string, Record<string, unknown>>,
  expected: ExpectedDocuments,
  findings: Findings,
): void {
  for (const [id, document] of documents) {
    const possible = expected.possible(id);
    if (possible.length === 0) {
      findings.wrong.push(`${id} is in the index and in no record`);
      continue;
    }
    // In the index each write is a new revision, equal or not.
    const isOf = (bar: StandingBar) =>
      Number(document['revision']) === bar.revision &&
      amounts.every((column) => document[column] === (bar[column] === null ? null : Number(bar[column])));
    if (!possible.some(isOf))
      findings.wrong.push(`${id} in the index: ${JSON.stringify(document)}, records ${JSON.stringify(possible)}`);
  }
  for (const id of expected.certain()) if (!documents.has(id)) findings.lost.push(`${id} is not in the index`);
}

/** A row of `quote_coverage`. */
export interface CoverageRow {
  asset_id: string;
  asset_type: string;
  start_window: string;
  end_window: string;
  state: string;
  source: string;
}

export const coverageSql = `select asset_id, asset_type, start_window, end_window, state, source from crypto_db.quote_coverage`;

export function compareCoverage(rows: CoverageRow[], expected: ExpectedCoverage, findings: Findings): void {
  const seen = new Set<string>();
  for (const row of rows) {
    const key = `${row.asset_id}/${row.asset_type} ${row.start_window} ${row.state}`;
    const farthest = expected.rows.get(key);
    if (seen.has(key)) findings.doubled.push(`coverage ${key}`);
    seen.add(key);
    if (farthest === undefined || row.end_window !== farthest.to || row.source !== farthest.source)
      findings.wrong.push(`coverage ${key}: ${JSON.stringify(row)}, the farthest ${JSON.stringify(farthest)}`);
  }
  for (const key of expected.rows.keys()) if (!seen.has(key)) findings.lost.push(`coverage ${key} is not in the table`);
}

/** A row of `crypto_trader`; amounts as text. */
export interface TradeRow extends TradeValues {
  source: string;
  revision: number;
}

export const tradeSql = `select transaction_id, document_id, asset_id, asset_type, transaction_timestamp, trade_type,
  quantity::varchar as quantity, source, revision::double as revision from crypto_db.crypto_trader`;

export function compareTrades(rows: TradeRow[], expected: ExpectedTrades, findings: Findings): void {
  const seen = new Set<string>();
  for (const row of rows) {
    const id = row.transaction_id;
    const first = expected.rows.get(id);
    if (seen.has(id)) findings.doubled.push(`trade ${id} in the table`);
    seen.add(id);
    if (first === undefined) findings.wrong.push(`trade ${id} is in the table and in no record`);
    else if (
      row.document_id !== first.document_id ||
      row.asset_id !== first.asset_id ||
      row.asset_type !== first.asset_type ||
      Date.parse(row.transaction_timestamp) !== Date.parse(first.transaction_timestamp) ||
      row.trade_type !== first.trade_type ||
      scaled(row.quantity) !== scaled(first.quantity) ||
      row.source !== first.source ||
      row.revision !== first.revision
    )
      findings.wrong.push(`trade ${id} in the table: ${JSON.stringify(row)}, first record ${JSON.stringify(first)}`);
  }
  for (const id of expected.rows.keys()) if (!seen.has(id)) findings.lost.push(`trade ${id} is not in the table`);
}

/** A row of `bad_record`; bytes as hexadecimal text. */
export interface BadRow {
  topic: string;
  generation: number;
  partition: number;
  offset: number;
  reason: string;
  record_key: string | null;
  payload: string | null;
}

export const badSql = `select topic, generation::double as generation, "partition", "offset"::double as "offset", reason, hex(record_key) as record_key, hex(payload) as payload
  from crypto_db.bad_record`;

export function compareBad(rows: BadRow[], expected: ExpectedBad, malformed: Malformed, findings: Findings): void {
  const seen = new Set<string>();
  for (const row of rows) {
    const at = placeOfBad(row);
    const record = expected.rows.get(at);
    if (seen.has(at)) findings.doubled.push(`bad record ${at} in the table`);
    seen.add(at);
    if (record === undefined) findings.wrong.push(`${at} is in the table of bad records and was not malformed`);
    else if (
      row.payload !== (record.value === null ? null : record.value.toString('hex').toUpperCase()) ||
      row.record_key !== Buffer.from(record.key).toString('hex').toUpperCase() ||
      !malformed.reasonOf(record).test(row.reason)
    )
      findings.wrong.push(`bad record ${at}: ${JSON.stringify(row)}, record ${String(record.value)}`);
  }
  for (const at of expected.rows.keys()) if (!seen.has(at)) findings.lost.push(`bad record ${at} is not in the table`);
}

/** Rows of a table of silver or gold, sorted the same way on both sides. */
export function compareLayer(
  name: string,
  rows: Record<string, unknown>[],
  expected: Record<string, unknown>[],
  findings: Findings,
): void {
  const text = (row: Record<string, unknown> | undefined) => JSON.stringify(row);
  const at = rows.findIndex((row, place) => text(row) !== text(expected[place]));
  const place = at < 0 && rows.length < expected.length ? rows.length : at;
  if (place >= 0)
    findings.wrong.push(
      `${name}: ${String(rows.length)} rows where ${String(expected.length)} are expected; the first that differs ` +
        `is ${text(rows[place])} where ${text(expected[place])} is expected`,
    );
}

/** Counts and sums of a whole table, of all seeds so far. */
export function compareTotals(
  what: string,
  found: Omit<Observation, 'table'>,
  totals: Totals,
  findings: Findings,
): void {
  if (found.rows !== found.keys)
    findings.doubled.push(`${what}: ${String(found.rows)} rows, ${String(found.keys)} different keys`);
  if (found.rows !== totals.rows || scaled(found.first) !== totals.first || scaled(found.second) !== totals.second)
    findings.wrong.push(`${what}: ${show(found)} where ${show(totals)} is expected`);
}

function show({ rows, first, second }: { rows: number; first: string | bigint; second: string | bigint }): string {
  return `${String(rows)} rows with sums ${String(first)} and ${String(second)}`;
}

/** Updates the expected rows of a table to the offsets that a version of it names. */
export interface Prefixes {
  advance(table: ObservedTable, to: NonNullable<Observation['offsets']>): Totals;
}

/**
 * Checks what a reader saw: no key twice, no version older than an earlier one, and in each version exactly the records of the log below the
 * offsets that it names.
 *
 * @param newest positions of the versions seen so far, by table and topic; those of this reader are added
 */
export function compareSeen(seen: Seen, prefixes: Prefixes, newest: Map<string, Position>, findings: Findings): void {
  for (const { failed, sql } of seen.failures)
    findings.seen.push(`a query failed: ${failed} (${sql.slice(0, 60)} ...)`);
  for (const observation of seen.observations) {
    const { table, offsets, rows, keys } = observation;
    if (rows !== keys) findings.seen.push(`${table}: ${String(rows)} rows with ${String(keys)} different keys`);
    if (offsets === undefined) continue;
    const isOlder = Object.entries(offsets).some(([topic, position]) => {
      const last = newest.get(`${table} ${topic}`);
      if (last !== undefined && isBefore(position, last)) return true;
      newest.set(`${table} ${topic}`, position);
      return false;
    });
    if (isOlder) {
      findings.seen.push(`${table} went back to ${JSON.stringify(offsets)}`);
      continue;
    }
    const totals = prefixes.advance(table, offsets);
    if (
      rows !== totals.rows ||
      scaled(observation.first) !== totals.first ||
      scaled(observation.second) !== totals.second
    )
      findings.seen.push(
        `${table} at ${JSON.stringify(offsets)}: ${show(observation)} where ${show(totals)} is expected`,
      );
  }
}
