import { isQuoted } from '../../lake/quoted.ts';
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

/** The quotes in the search index: the last prices, and the bars that are new since the last call. */
export class QuoteIndex {
  /** revisions of the bars that were returned lately, by id */
  private returned = new Map<string, { revision: number; seenAt: number }>();
  private newest: number | undefined;

  constructor(private readonly reader: SearchReader) {}

  /** Every coin of the index with its last bar, in alphabetical order. */
  async lastBars(): Promise<Bar[]> {
    const newest = { top_hits: { size: 1, sort: [{ start_window: 'desc' as const }] } };
    const quotes = { terms: { field: 'asset_type', size: 20 }, aggs: { newest } };
    const bases = { terms: { field: 'asset_id', size: mostCoins }, aggs: { quotes } };
    return (await this.reader.topHits({ bases })).map(toBar).sort((one, other) => (one.coin < other.coin ? -1 : 1));
  }

  /** Prices an hour and a day before each last bar. They count from the bar's own time, so that a recorded day shows changes too. */
  async prices(bars: readonly Bar[]): Promise<Price[]> {
    const found: Price[] = [];
    for (let from = 0; from < bars.length; from += batch) {
      const some = bars.slice(from, from + batch);
      const bodies = some.flatMap((bar) => Object.values(spans).map((span) => before(bar, span)));
      const answers = await this.reader.findMany(bodies);
      some.forEach((last, at) => {
        const close = (index: number) => answers[index]?.map(toBar)[0]?.close;
        found.push({ coin: last.coin, last, hourAgo: close(2 * at), dayAgo: close(2 * at + 1) });
      });
    }
    return found;
  }

  /** Bars of a coin after a minute, oldest first. */
  async barsAfter(coin: Coin, start: string | undefined, limit: number): Promise<Bar[]> {
    const after = start === undefined ? [] : [{ range: { start_window: { gt: start } } }];
    const filter = [{ term: { asset_id: coin.base } }, { term: { asset_type: coin.quote } }, ...after];
    const sort = [{ start_window: 'desc' as const }];
    return (await this.reader.find({ query: { bool: { filter } }, sort, size: limit })).map(toBar).reverse();
  }

  /** Bars, and revisions of bars, that an earlier call has not returned; the first call returns none. */
  async newBars(): Promise<Bar[]> {
    const since = this.newest === undefined ? undefined : this.newest - lateMs;
    const range = since === undefined ? [] : [{ range: { seen_at: { gte: new Date(since).toISOString() } } }];
    const sort = [{ seen_at: 'desc' as const }];
    const bars = (await this.reader.find({ query: { bool: { filter: range } }, sort, size: mostNew })).map(toBar);
    const fresh = bars.filter((bar) => (this.returned.get(keyOf(bar))?.revision ?? -1) < bar.revision).reverse();
    for (const bar of bars) this.returned.set(keyOf(bar), { revision: bar.revision, seenAt: Date.parse(bar.seenAt) });
    const newest = bars[0] === undefined ? this.newest : Date.parse(bars[0].seenAt);
    const first = this.newest === undefined;
    this.newest = Math.max(newest ?? 0, this.newest ?? 0);
    const oldest = this.newest - 2 * lateMs;
    this.returned = new Map([...this.returned].filter(([, { seenAt }]) => seenAt >= oldest));
    return first ? [] : fresh;
  }
}

function keyOf(bar: Bar): string {
  return `${bar.coin} ${bar.start}`;
}

/** The last bar at least `span` before another, and at most twice as long. */
function before(bar: Bar, span: number) {
  const [base = '', quote = ''] = bar.coin.split('/');
  const at = Date.parse(bar.start);
  const range = { gte: new Date(at - 2 * span).toISOString(), lte: new Date(at - span).toISOString() };
  const filter = [{ term: { asset_id: base } }, { term: { asset_type: quote } }, { range: { start_window: range } }];
  return { query: { bool: { filter } }, sort: [{ start_window: 'desc' as const }], size: 1 };
}

/** A document of the index, see `docs/contracts.md`. */
function toBar(document: Record<string, unknown>): Bar {
  const count = document['trade_count'];
  const trades = count === null || count === undefined ? null : Number(count);
  const volume = Number(document['volume']);
  return {
    coin: `${String(document['asset_id'])}/${String(document['asset_type'])}`,
    // As the tables' times are written, so that both compare.
    start: new Date(String(document['start_window'])).toISOString().replace('.000Z', 'Z'),
    open: Number(document['open_price']),
    high: Number(document['high_price']),
    low: Number(document['low_price']),
    close: Number(document['price_crypto']),
    volume,
    trades,
    quoted: isQuoted({ trades, volume }),
    source: String(document['source']),
    seenAt: new Date(String(document['seen_at'])).toISOString(),
    revision: Number(document['revision']),
  };
}
