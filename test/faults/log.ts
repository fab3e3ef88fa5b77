import type { TopicRecord } from '../support/topic.ts';

/** Amounts and counts as plain decimal text without trailing zeros. */
export interface BarValues {
  asset_id: string;
  asset_type: string;
  start_window: string;
  price_crypto: string;
  open_price: string;
  high_price: string;
  low_price: string;
  volume: string;
  vwap: string | null;
  trade_count: string | null;
}

export interface TradeValues {
  transaction_id: string;
  document_id: string;
  asset_id: string;
  asset_type: string;
  transaction_timestamp: string;
  trade_type: string;
  quantity: string;
}

const strings = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?/g;

/** As JSON.parse, but numbers stay text, because a double would lose digits. */
function parseExactly(text: string): unknown {
  return JSON.parse(text.replace(strings, (token) => (token.startsWith('"') ? token : `"${token}"`)));
}

/** Parses a well-formed quote record; a record of coverage has no bar. Shares no code with the lake's own parser. */
export function readBars(value: string): BarValues[] {
  const { bars } = parseExactly(value) as { bars?: Record<string, Record<string, string | null>> };
  if (bars === undefined) throw new Error(`a record without bars was not made so: ${value}`);
  return Object.entries(bars).flatMap(([pair, bar]) => {
    const [base, quote] = pair.split('/');
    if (base === undefined || quote === undefined) return [];
    return [
      {
        asset_id: base,
        asset_type: quote,
        start_window: bar['t'] ?? '',
        price_crypto: bar['c'] ?? '',
        open_price: bar['o'] ?? '',
        high_price: bar['h'] ?? '',
        low_price: bar['l'] ?? '',
        volume: bar['v'] ?? '',
        vwap: bar['vw'] ?? null,
        trade_count: bar['n'] ?? null,
      },
    ];
  });
}

export interface Coverage {
  pair: string;
  from: string;
  to: string;
  state: string;
}

/** The watched interval of a well-formed quote record, if it has one. */
export function readCoverage(value: string): Coverage | undefined {
  return (parseExactly(value) as { coverage?: Coverage }).coverage;
}

/** Parses a well-formed trade record. */
export function readTrade(value: string): TradeValues {
  return parseExactly(value) as TradeValues;
}

/** A record with the generation that it has in its topic. */
export interface LogRecord extends TopicRecord {
  generation: number;
}

/** The higher one of two records of a key is the later; see `docs/contracts.md`. */
export function revisionOf({ generation, offset }: Pick<LogRecord, 'generation' | 'offset'>): number {
  return generation * 2 ** 40 + offset;
}

/** The records of a topic's partitions by offset, from any start. */
export class TopicLog {
  private readonly partitions = new Map<number, TopicRecord[]>();

  constructor(records: readonly TopicRecord[]) {
    for (const record of records) {
      const known = this.partitions.get(record.partition);
      if (known === undefined) this.partitions.set(record.partition, [record]);
      else known.push(record);
    }
    for (const list of this.partitions.values()) list.sort((one, other) => one.offset - other.offset);
  }

  get length(): number {
    return [...this.partitions.values()].reduce((sum, list) => sum + list.length, 0);
  }

  /** The next offset after the log, by partition. */
  ends(): Record<number, number> {
    return Object.fromEntries(
      [...this.partitions].map(([partition, list]) => [partition, (list.at(-1)?.offset ?? -1) + 1]),
    );
  }

  /** The first offset of each partition at which a later log of the same topic no longer holds the same record, or the end. */
  partsFrom(later: TopicLog): Record<number, number> {
    const isSame = (record: TopicRecord) => {
      const other = later.at(record.partition, record.offset);
      if (other?.key !== record.key) return false;
      return record.value === null ? other.value === null : other.value?.equals(record.value) === true;
    };
    return Object.fromEntries(
      Object.entries(this.ends()).map(([partition, end]) => {
        const parted = this.partitions.get(Number(partition))?.find((record) => !isSame(record));
        return [partition, parted?.offset ?? end];
      }),
    );
  }

  at(partition: number, offset: number): TopicRecord | undefined {
    const list = this.partitions.get(partition);
    const first = list?.[0]?.offset ?? 0;
    // Without transactions and compaction a log has no holes.
    return list?.[offset - first];
  }

  /** The records from `from` (inclusive) up to `to` (exclusive), partition after partition. */
  *between(from: Record<number, number>, to: Record<number, number>): Generator<TopicRecord> {
    for (const [partition, list] of this.partitions) {
      const first = list[0]?.offset ?? 0;
      const begin = Math.max(0, (from[partition] ?? 0) - first);
      const end = Math.max(begin, (to[partition] ?? 0) - first);
      yield* list.slice(begin, end);
    }
  }
}
