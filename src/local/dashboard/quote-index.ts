import { isQuoted } from '../../lake/quoted.ts';
import { allNames, newestName, type Renamed } from '../../lake/renames.ts';
import type { Bar, Price } from './api.ts';
import type { Coin } from './candles.ts';
import type { SearchReader } from './search-reader.ts';

const minute = 60_000;
const spans = { hourAgo: 60 * minute, dayAgo: 24 * 60 * minute };
/** A record may reach the index some time after it was produced. */
const lateMs = 120_000;
const mostNew = 1000;
const mostCoins = 500;
/** Coins in one request. */
const batch = 50;

/**
 * The quotes in the search index: the last prices, and the bars that are new since the last call. Coins have their newest names: of several bars of a
 * minute, that under the newest name counts.
 */
export class QuoteIndex {
  /** revisions of the bars that were returned lately, by id */
  private returned = new Map<string, { revision: number; seenAt: number }>();
  private newest: number | undefined;

  constructor(
    private readonly reader: Pick<SearchReader, 'find' | 'findMany' | 'topHits'>,
    private readonly renamed: Renamed,
  ) {}

  /** Every coin of the index with its last bar, in alphabetical order. */
  async lastBars(): Promise<Bar[]> {
    const newest = { top_hits: { size: 1, sort: [{ start_window: 'desc' as const }] } };
    const quotes = { terms: { field: 'asset_type', size: 20 }, aggs: { newest } };
    const bases = { terms: { field: 'asset_id', size: mostCoins }, aggs: { quotes } };
    const bars = this.read(await this.reader.topHits({ bases })).map(({ bar }) => bar);
    const last = new Map<string, Bar>();
    for (const bar of bars) if (bar.start > (last.get(bar.coin)?.start ?? '')) last.set(bar.coin, bar);
    return [...last.values()].sort((one, other) => (one.coin < other.coin ? -1 : 1));
  }

  /** Prices an hour and a day before each last bar. They count from the bar's own time, so that a recorded day shows changes too. */
  async prices(bars: readonly Bar[]): Promise<Price[]> {
    const found: Price[] = [];
    for (let from = 0; from < bars.length; from += batch) {
      const some = bars.slice(from, from + batch);
      const bodies = some.flatMap((bar) => Object.values(spans).map((span) => this.before(bar, span)));
      const answers = await this.reader.findMany(bodies);
      some.forEach((last, at) => {
        const close = (index: number) => this.read(answers[index] ?? [])[0]?.bar.close;
        found.push({ coin: last.coin, last, hourAgo: close(2 * at), dayAgo: close(2 * at + 1) });
      });
    }
    return found;
  }

  /** Bars of a coin after a minute, oldest first. */
  async barsAfter(coin: Coin, start: string | undefined, limit: number): Promise<Bar[]> {
    const after = start === undefined ? [] : [{ range: { start_window: { gt: start } } }];
    const filter = [...this.filterOf(coin), ...after];
    const sort = [{ start_window: 'desc' as const }];
    const found = await this.reader.find({ query: { bool: { filter } }, sort, size: limit });
    return this.read(found)
      .map(({ bar }) => bar)
      .reverse();
  }

  /** Bars, and revisions of bars, that an earlier call has not returned; the first call returns none. */
  async newBars(): Promise<Bar[]> {
    const since = this.newest === undefined ? undefined : this.newest - lateMs;
    const range = since === undefined ? [] : [{ range: { seen_at: { gte: new Date(since).toISOString() } } }];
    const sort = [{ seen_at: 'desc' as const }];
    const found = this.read(await this.reader.find({ query: { bool: { filter: range } }, sort, size: mostNew }));
    const fresh = found.filter(({ id, bar }) => (this.returned.get(id)?.revision ?? -1) < bar.revision).reverse();
    for (const { id, bar } of found) this.returned.set(id, { revision: bar.revision, seenAt: Date.parse(bar.seenAt) });
    const newest = found[0] === undefined ? this.newest : Date.parse(found[0].bar.seenAt);
    const first = this.newest === undefined;
    this.newest = Math.max(newest ?? 0, this.newest ?? 0);
    const oldest = this.newest - 2 * lateMs;
    this.returned = new Map([...this.returned].filter(([, { seenAt }]) => seenAt >= oldest));
    return first ? [] : fresh.map(({ bar }) => bar);
  }

  /** The last bar at least `span` before another, and at most twice as long. */
  private before(bar: Bar, span: number) {
    const [base = '', quote = ''] = bar.coin.split('/');
    const at = Date.parse(bar.start);
    const range = { gte: new Date(at - 2 * span).toISOString(), lte: new Date(at - span).toISOString() };
    const filter = [...this.filterOf({ base, quote }), { range: { start_window: range } }];
    return { query: { bool: { filter } }, sort: [{ start_window: 'desc' as const }], size: 1 };
  }

  private filterOf({ base, quote }: Coin) {
    const names = allNames(this.renamed, base);
    return [
      names.length === 1 ? { term: { asset_id: base } } : { terms: { asset_id: names } },
      { term: { asset_type: quote } },
    ];
  }

  /** The bars of documents in their order, under the newest names of their coins; one of each minute. */
  private read(documents: readonly Record<string, unknown>[]): Found[] {
    const found = documents.map((document): Found & { age: number } => {
      const name = String(document['asset_id']);
      const bar = toBar(document, newestName(this.renamed, name));
      return { id: `${name} ${bar.coin} ${bar.start}`, bar, age: allNames(this.renamed, name).indexOf(name) };
    });
    const youngest = new Map<string, number>();
    const minuteOf = ({ coin, start }: Bar) => `${coin} ${start}`;
    for (const { bar, age } of found)
      youngest.set(minuteOf(bar), Math.min(age, youngest.get(minuteOf(bar)) ?? Number.POSITIVE_INFINITY));
    return found.filter(({ bar, age }) => age === youngest.get(minuteOf(bar)));
  }
}

/** A bar, and what tells it from the bars of other names and minutes. */
interface Found {
  id: string;
  bar: Bar;
}

/** A document of the index, see `docs/contracts.md`. @param coin its base as it is called now */
function toBar(document: Record<string, unknown>, coin: string): Bar {
  const count = document['trade_count'];
  const trades = count === null || count === undefined ? null : Number(count);
  const volume = Number(document['volume']);
  return {
    coin: `${coin}/${String(document['asset_type'])}`,
    // As the tables' times are written, so that both compare.
    start: new Date(String(document['start_window'])).toISOString().replace('.000Z', 'Z'),
    open: Number(document['open_price']),
    high: Number(document['high_price']),
    low: Number(document['low_price']),
    close: Number(document['price_crypto']),
    volume,
    trades,
    quoted: isQuoted({ trades, volume }),
    provisional: document['complete'] === false,
    source: String(document['source']),
    seenAt: new Date(String(document['seen_at'])).toISOString(),
    revision: Number(document['revision']),
  };
}
