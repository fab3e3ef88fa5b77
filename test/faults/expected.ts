import type { TopicRecord } from '../support/topic.ts';
import {
  readBars,
  readCoverage,
  readTrade,
  revisionOf,
  type BarValues,
  type LogRecord,
  type TradeValues,
} from './log.ts';

/** Amounts with 12 decimals as integers, so that sums are exact. */
export function scaled(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(`${whole}${fraction.padEnd(12, '0').slice(0, 12)}`);
}

/** Counts and sums of a table, which any error in it would change. */
export interface Totals {
  rows: number;
  first: bigint;
  second: bigint;
}

export interface StandingBar extends BarValues {
  /** of the last record of its key */
  revision: number;
  source: string;
  /** revisions of all records of the key, by their values: an equal repeat need not be written */
  history: Map<string, number[]>;
}

/** A row of each pair and minute: the last record wins, by the order of the log. */
export class ExpectedQuotes {
  readonly rows = new Map<string, StandingBar>();
  readonly totals: Totals = { rows: 0, first: 0n, second: 0n };

  constructor(private readonly malformed: Malformed) {}

  apply(record: LogRecord): void {
    if (!this.malformed.holdsEvents(record)) return;
    for (const bar of readBars(record.value?.toString('utf8') ?? '')) {
      const key = `${bar.asset_id}-${bar.asset_type}-${bar.start_window}`;
      const before = this.rows.get(key);
      const source = record.headers['source'] ?? 'unknown';
      const history = before?.history ?? new Map<string, number[]>();
      const values = valuesOf({ ...bar, source });
      const revision = revisionOf(record);
      history.set(values, [...(history.get(values) ?? []), revision]);
      this.stand(key, { ...bar, revision, source, history });
    }
  }

  /** Puts a row there that is known to be there. */
  stand(key: string, bar: StandingBar): void {
    const before = this.rows.get(key);
    this.totals.rows += before === undefined ? 1 : 0;
    this.totals.first += scaled(bar.price_crypto) - scaled(before?.price_crypto ?? '0');
    this.totals.second += scaled(bar.volume) - scaled(before?.volume ?? '0');
    this.rows.set(key, bar);
  }

  /** Forgets the rows of a completely checked seed; the totals still include them. */
  forget(prefix: string): void {
    for (const key of this.rows.keys()) if (key.startsWith(prefix)) this.rows.delete(key);
  }
}

/** Revisions that a row of these values may have: an equal repeat changes nothing. */
export function revisionsOf(bar: StandingBar): number[] {
  return bar.history.get(valuesOf(bar)) ?? [];
}

function valuesOf(bar: BarValues & { source: string }): string {
  const { price_crypto, open_price, high_price, low_price, volume, vwap, trade_count, source } = bar;
  return [price_crypto, open_price, high_price, low_price, volume, vwap, trade_count, source].join(' ');
}

/** The end of each watched interval of a pair, from the first record that has it: a record with a shorter interval changes nothing. */
export class ExpectedCoverage {
  readonly rows = new Map<string, { to: string; source: string }>();

  constructor(private readonly malformed: Malformed) {}

  apply(record: LogRecord): void {
    if (!this.malformed.holdsEvents(record)) return;
    const coverage = readCoverage(record.value?.toString('utf8') ?? '');
    if (coverage === undefined) return;
    const { pair, from, to, state } = coverage;
    const key = `${pair} ${from} ${state}`;
    const farthest = this.rows.get(key)?.to;
    if (farthest !== undefined && Date.parse(farthest) >= Date.parse(to)) return;
    this.rows.set(key, { to, source: record.headers['source'] ?? 'unknown' });
  }
}

export interface StandingTrade extends TradeValues {
  /** of the first record of the transaction */
  revision: number;
  source: string;
}

/** A row of each transaction: its first record. */
export class ExpectedTrades {
  readonly rows = new Map<string, StandingTrade>();
  readonly totals: Totals = { rows: 0, first: 0n, second: 0n };

  constructor(private readonly malformed: Malformed) {}

  apply(record: LogRecord): void {
    if (!this.malformed.holdsEvents(record)) return;
    const trade = readTrade(record.value?.toString('utf8') ?? '');
    if (this.rows.has(trade.transaction_id)) return;
    this.rows.set(trade.transaction_id, {
      ...trade,
      revision: revisionOf(record),
      source: record.headers['source'] ?? 'unknown',
    });
    this.totals.rows += 1;
    this.totals.first += scaled(trade.quantity);
    this.totals.second += scaled(String(record.offset));
  }

  forget(prefix: string): void {
    for (const [id, trade] of this.rows) if (trade.document_id.startsWith(prefix)) this.rows.delete(id);
  }
}

/** A row of each malformed record, of both topics. */
export class ExpectedBad {
  readonly rows = new Map<string, LogRecord>();
  readonly totals: Totals = { rows: 0, first: 0n, second: 0n };

  constructor(private readonly malformed: Malformed) {}

  apply(topic: string, record: LogRecord): void {
    if (!this.malformed.isBad(record)) return;
    this.rows.set(placeOfBad({ topic, ...record }), record);
    this.totals.rows += 1;
    this.totals.first += scaled(String(record.offset));
    this.totals.second += scaled(String(record.value?.length ?? 0));
  }

  forget(): void {
    this.rows.clear();
  }
}

/** Where a malformed record was. */
export function placeOfBad({ topic, partition, generation, offset }: BadPlace): string {
  return `${topic}/${String(partition)}/${String(offset)} of generation ${String(generation)}`;
}

interface BadPlace {
  topic: string;
  partition: number;
  generation: number;
  offset: number;
}

/** Which records are malformed: those that the test made malformed. */
export class Malformed {
  private readonly texts = new Map<string, { reason: RegExp; half: boolean }>();

  add(value: string | null, reason: RegExp, half: boolean): void {
    if (value !== null) this.texts.set(value, { reason, half });
  }

  isBad(record: TopicRecord): boolean {
    return record.value === null || this.texts.has(record.value.toString('utf8'));
  }

  holdsEvents(record: TopicRecord): boolean {
    if (record.value === null) return false;
    return this.texts.get(record.value.toString('utf8'))?.half ?? true;
  }

  /** The record with its valid parts only. */
  cleaned<T extends TopicRecord>(record: T): T {
    const text = record.value?.toString('utf8') ?? '';
    const isHalf = this.texts.get(text)?.half === true;
    return isHalf ? { ...record, value: Buffer.from(text.replace(/,"nocoin":\{[^}]*\}/, '')) } : record;
  }

  reasonOf(record: TopicRecord): RegExp {
    return (
      (record.value === null ? undefined : this.texts.get(record.value.toString('utf8'))?.reason) ?? /has no value/
    );
  }
}
