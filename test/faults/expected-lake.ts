import type { Logs } from './comparison.ts';
import type { Begins, Held } from './cuts.ts';
import { topics, type EventTopic } from './events.ts';
import { ExpectedDocuments } from './expected-documents.ts';
import { ExpectedBad, ExpectedCoverage, ExpectedQuotes, ExpectedTrades, Malformed, type Totals } from './expected.ts';
import type { LogRecord } from './log.ts';
import { heldTables, type HeldTable } from './observation.ts';
import { generationAt, translate, type Position } from './positions.ts';

/** The tables with data of a topic. */
const readers: Record<EventTopic, readonly HeldTable[]> = {
  'coinbase-currencies': ['crypto_quote', 'quote_coverage', 'bad_record'],
  'coinbase-trades': ['crypto_trader', 'bad_record'],
};

/** A time between two power cuts, or before the first or after the last. */
export interface Era {
  /** at its end */
  logs: Logs;
  /** at its end */
  begins: Begins;
  /** what the tables held when the power went; absent for the last era */
  held?: Held;
}

/** What the tables and the index of a lake must hold, by the logs of its topics. */
export class ExpectedLake {
  readonly malformed = new Malformed();
  readonly quotes = new ExpectedQuotes(this.malformed);
  readonly coverage = new ExpectedCoverage(this.malformed);
  readonly trades = new ExpectedTrades(this.malformed);
  readonly bad = new ExpectedBad(this.malformed);
  readonly documents = new ExpectedDocuments(this.malformed);
  /** how far the log of each topic has been applied, for each table */
  private readonly positions = new Map<string, Position>();
  private indexed: Position | undefined;
  private prefix = '';
  private own = new ExpectedTrades(this.malformed);
  private taken: Record<EventTopic, LogRecord[]> = { 'coinbase-currencies': [], 'coinbase-trades': [] };

  /** @param prefix of the keys of its coins, users and trades */
  beginSeed(prefix: string): void {
    this.prefix = prefix;
    this.own = new ExpectedTrades(this.malformed);
    this.taken = { 'coinbase-currencies': [], 'coinbase-trades': [] };
  }

  /** The well-formed records of the seed that the tables have taken of a topic. */
  takenOf(topic: EventTopic): LogRecord[] {
    return this.taken[topic]
      .filter((record) => this.malformed.holdsEvents(record))
      .map((record) => this.malformed.cleaned(record));
  }

  /** Applies the logs of an era to a table, up to positions that it has named. @returns totals; of trades those of the seed */
  advance(
    table: HeldTable,
    to: Partial<Record<string, Position>>,
    { logs, begins }: Pick<Era, 'logs' | 'begins'>,
  ): Totals {
    for (const topic of topics) {
      const target = to[topic];
      if (target === undefined || !readers[topic].includes(table)) continue;
      const place = `${table} ${topic}`;
      const known = begins[topic].filter(({ generation }) => generation <= target.generation);
      const before = this.positions.get(place) ?? { generation: target.generation, offsets: {} };
      const from = translate(before, target.generation, known);
      for (const record of logs[topic].between(from.offsets, target.offsets)) {
        const { partition, offset } = record;
        this.apply(table, topic, { ...record, generation: generationAt(known, partition, offset) });
      }
      this.positions.set(place, { ...target, offsets: farther(from.offsets, target.offsets) });
    }
    const quotes = this.quotes.totals;
    return {
      crypto_quote: quotes,
      quote_coverage: quotes,
      crypto_trader: this.own.totals,
      bad_record: this.bad.totals,
    }[table];
  }

  /** Applies what each table held at the end of an era: at a power cut what the disk says, at the end of the seed everything. */
  end({ logs, begins, held }: Era): void {
    for (const table of heldTables) this.advance(table, held?.[table] ?? endsOf(logs, begins), { logs, begins });
  }

  /** Applies the logs of all eras of a seed to the index. */
  index(eras: readonly Era[]): void {
    const topic = 'coinbase-currencies';
    eras.forEach(({ logs, begins }, number) => {
      const next = eras[number + 1];
      const last = begins[topic].at(-1)?.generation ?? 1;
      const log = logs[topic];
      const ends = log.ends();
      const from = translate(this.indexed ?? { generation: last, offsets: {} }, last, begins[topic]).offsets;
      // What a power cut took is gone; the index may have taken it before. The rest is in both logs.
      const kept = next === undefined ? ends : log.partsFrom(next.logs[topic]);
      for (const record of log.between(from, kept)) this.documents.apply(generationOf(record, begins[topic]));
      for (const record of log.between(farther(from, kept), ends))
        this.documents.apply(generationOf(record, begins[topic]), true);
      this.indexed = { generation: last, offsets: farther(from, kept) };
    });
  }

  /** Forgets the rows of a completely checked seed. */
  endSeed(documents: ReadonlyMap<string, Record<string, unknown>>): void {
    this.quotes.forget(this.prefix);
    this.documents.forget(this.prefix, documents);
    this.trades.forget(this.prefix);
    this.bad.forget();
  }

  private apply(table: HeldTable, topic: EventTopic, record: LogRecord): void {
    const isOwn = record.key.startsWith(this.prefix);
    switch (table) {
      case 'bad_record':
        this.bad.apply(topic, record);
        return;
      case 'quote_coverage':
        this.coverage.apply(record);
        return;
      case 'crypto_quote':
        this.quotes.apply(record);
        break;
      case 'crypto_trader':
        this.trades.apply(record);
        if (isOwn) this.own.apply(record);
        break;
    }
    if (isOwn) this.taken[topic].push(record);
  }
}

function generationOf(record: Omit<LogRecord, 'generation'>, begins: Begins[EventTopic]): LogRecord {
  return { ...record, generation: generationAt(begins, record.partition, record.offset) };
}

function endsOf(logs: Logs, begins: Begins): Record<string, Position> {
  return Object.fromEntries(
    topics.map((topic) => [topic, { generation: begins[topic].at(-1)?.generation ?? 1, offsets: logs[topic].ends() }]),
  );
}

/** The farther of two ends in each partition. */
function farther(one: Record<number, number>, other: Record<number, number>): Record<number, number> {
  const partitions = [...Object.keys(one), ...Object.keys(other)].map(Number);
  return Object.fromEntries(
    partitions.map((partition) => [partition, Math.max(one[partition] ?? 0, other[partition] ?? 0)]),
  );
}
