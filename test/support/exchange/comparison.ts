import assert from 'node:assert/strict';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import type { TestLake } from '../lake.ts';
import type { Exchange } from './exchange.ts';
import type { Bar } from './ledger.ts';
import type { Venue } from './product.ts';

const minute = 60_000;

/** Times in milliseconds: from the first to before the last. */
export interface Span {
  fromMs: number;
  untilMs: number;
}

/** Trades of a pair that a table lacks, has twice, or has otherwise than the ledger. */
export interface TradeDifference {
  venue: string;
  pair: string;
  missing: string[];
  doubled: number;
  wrong: string[];
}

/** A line of `gaps --trades --json`. */
export interface TradeGap {
  source: string;
  pair: string;
  firstId: number;
  lastId: number;
  state: string;
}

interface BarRow extends Record<string, string | boolean | null> {
  pair: string;
  start: string;
  complete: boolean | null;
}

const figures = ['open', 'high', 'low', 'close', 'volume', 'vwap', 'count'] as const;

const barColumns = `open_price::varchar as open, high_price::varchar as high, low_price::varchar as low,
  price_crypto::varchar as close, volume::varchar as volume, vwap::varchar as vwap, trade_count::varchar as count`;

const isoMinute = (column: string) => `strftime(${column} at time zone 'UTC', '%Y-%m-%dT%H:%M:%SZ')`;

const within = (column: string, { fromMs, untilMs }: Span) =>
  `${column} >= timestamptz '${new Date(fromMs).toISOString()}' and ${column} < timestamptz '${new Date(untilMs).toISOString()}'`;

const linesOf = <T>(text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

/** Compares what a lake has of an exchange with what has truly happened there. */
export class Comparison {
  constructor(
    private readonly lake: TestLake,
    private readonly exchange: Exchange,
    private readonly venues: readonly Venue[],
    private readonly pairs: readonly string[],
    /** whose trades the bars are made of */
    private readonly barVenue: Venue,
  ) {}

  /** The first time that all pairs have a trade in the table. */
  async begin(withinMs = 60_000): Promise<number> {
    const wanted = this.venues.length * this.pairs.length;
    const begun = await awaitAnswer(
      async () => {
        const [row] = await this.lake.query<{ pairs: string; begun: string }>(
          `select count(*)::varchar as pairs, epoch_us(max(seen))::varchar as begun
           from (select min(trade_time) as seen from crypto_db.market_trade group by source, asset_id, asset_type)`,
        );
        // A trade of the same millisecond may be before it.
        return Number(row?.pairs) === wanted ? Math.ceil(Number(row?.begun) / 1000) : undefined;
      },
      { withinMs, everyMs: 250 },
    );
    assert.ok(begun, 'not all pairs have a trade');
    return begun;
  }

  async tradeDifferences(span: Span): Promise<TradeDifference[]> {
    const rows = await this.lake.query<Record<'source' | 'pair' | 'id' | 'price' | 'quantity' | 'side', string>>(
      `select source, asset_id || '/' || asset_type as pair, trade_id::varchar as id, price::varchar as price,
              quantity::varchar as quantity, side
       from crypto_db.market_trade where ${within('trade_time', span)}`,
    );
    const differences: TradeDifference[] = [];
    for (const venue of this.venues) {
      for (const pair of this.pairs) {
        const own = rows.filter((row) => row.source === venue && row.pair === pair);
        const stored = new Map(own.map((row) => [row.id, row]));
        const ledger = this.exchange.ledger.trades(venue, pair, span.fromMs * 1000, span.untilMs * 1000);
        const missing = ledger.filter(({ id }) => !stored.has(id)).map(({ id }) => id);
        const wrong = ledger.filter(({ id, price, quantity, side }) => {
          const row = stored.get(id);
          const same = Number(row?.price) === Number(price) && Number(row?.quantity) === Number(quantity);
          return row !== undefined && !(same && row.side === side);
        });
        const known = new Set(ledger.map(({ id }) => id));
        const unknown = own.filter(({ id }) => !known.has(id));
        differences.push({
          ...{ venue, pair, missing, doubled: own.length - stored.size },
          wrong: [...wrong, ...unknown].map(({ id }) => id),
        });
      }
    }
    return differences.filter(({ missing, doubled, wrong }) => missing.length + doubled + wrong.length > 0);
  }

  /** Waits until every trade of the ledger is in the table once. */
  async awaitTrades(span: Span, withinMs = 60_000): Promise<void> {
    await awaitNone(
      (found: TradeDifference[]) => JSON.stringify(found.map(shorten)),
      withinMs,
      () => this.tradeDifferences(span),
    );
  }

  /** Waits until the minutes of the ledger have bars, complete and equal; those that may stay incomplete need be equal only. */
  async awaitBars(span: Span, mayBeIncomplete: ReadonlySet<string> = new Set(), withinMs = 90_000): Promise<void> {
    await this.awaitMinutes(
      span,
      withinMs,
      `select asset_id || '/' || asset_type as pair, ${isoMinute('start_window')} as start, complete, ${barColumns}
       from crypto_db.crypto_quote where source = '${this.barVenue}' and ${within('start_window', wholeMinutes(span))}`,
      mayBeIncomplete,
    );
  }

  /** As `awaitBars`, of the minutes of the silver layer. */
  async awaitSilver(span: Span, mayBeIncomplete: ReadonlySet<string> = new Set(), withinMs = 120_000): Promise<void> {
    await this.awaitMinutes(
      span,
      withinMs,
      `select asset_id || '/' || asset_type as pair, ${isoMinute('start_window')} as start, complete, ${barColumns}
       from crypto_silver.quote_minute where state = 'traded' and ${within('start_window', wholeMinutes(span))}`,
      mayBeIncomplete,
    );
  }

  /** Waits until the candles of whole five minutes have the trades and the volume of the ledger. */
  async awaitCandles(span: Span, withinMs = 120_000): Promise<number> {
    const five = 5 * minute;
    const fromMs = Math.ceil(span.fromMs / five) * five;
    const untilMs = Math.floor(span.untilMs / five) * five;
    const wanted = this.pairs.flatMap((pair) => {
      const sums = new Map<number, { count: number; volume: number }>();
      for (const bar of this.bars(pair, { fromMs, untilMs })) {
        const start = Math.floor(Date.parse(bar.minute) / five) * five;
        const { count, volume } = sums.get(start) ?? { count: 0, volume: 0 };
        sums.set(start, { count: count + bar.count, volume: volume + Number(bar.volume) });
      }
      return [...sums].map(([start, sum]) => ({ pair, start, ...sum }));
    });
    await awaitNone(
      (found: string[]) => found.slice(0, 3).join(', '),
      withinMs,
      async () => {
        const rows = await this.lake.query<Record<'pair' | 'start' | 'count' | 'volume', string>>(
          `select asset_id || '/' || asset_type as pair, epoch_ms(start_window)::varchar as start, trade_count::varchar as count,
                volume::varchar as volume
         from crypto_gold.candle where period = '5m' and ${within('start_window', { fromMs, untilMs })}`,
        );
        return wanted
          .filter(({ pair, start, count, volume }) => {
            const row = rows.find((each) => each.pair === pair && Number(each.start) === start);
            const near = Math.abs(Number(row?.volume) - volume) <= volume * 1e-9;
            return !(Number(row?.count) === count && near);
          })
          .map(({ pair, start, count }) => `${pair} ${new Date(start).toISOString()} ${String(count)} trades`);
      },
    );
    return wanted.length;
  }

  /** Waits until the documents of the index are those of the table. */
  async awaitIndex(span: Span, withinMs = 60_000): Promise<void> {
    const whole = wholeMinutes(span);
    await awaitNone(
      (found: string[]) => found.slice(0, 3).join(', '),
      withinMs,
      async () => {
        const rows = await this.lake.query<Record<'id' | 'text', string>>(
          `select asset_id || '-' || asset_type || '-' || ${isoMinute('start_window')} as id,
                concat_ws(' ', price_crypto::double, volume::double, trade_count, coalesce(complete::varchar, '')) as text
        from crypto_db.crypto_quote where ${within('start_window', whole)}`,
        );
        const [gte, lt] = [new Date(whole.fromMs).toISOString(), new Date(whole.untilMs).toISOString()];
        const documents = await this.lake.documents({ range: { start_window: { gte, lt } } });
        // Not the revision: a bar that is sent again as it was gets a new one in the index only.
        const different = rows.filter(({ id, text }) => {
          const [price, volume, count, complete] = text.split(' ');
          const { price_crypto, volume: shown, trade_count, complete: isComplete } = documents.get(id) ?? {};
          const same = price_crypto === Number(price) && shown === Number(volume) && trade_count === Number(count);
          return !(same && String(isComplete ?? '') === complete);
        });
        const extra = [...documents.keys()].filter((id) => !rows.some((row) => row.id === id));
        return [...different.map(({ id }) => id), ...extra];
      },
    );
  }

  /** Waits until no hole is open any more. Those that came after the span may be. */
  async awaitNoOpenHole({ untilMs }: Span, withinMs = 60_000): Promise<void> {
    await awaitNone(
      (found: object[]) => JSON.stringify(found.slice(0, 3)),
      withinMs,
      () =>
        this.lake.query<object>(
          `select source, asset_id, first_id::varchar as first, last_id::varchar as last, from_time::varchar as since, reason
         from crypto_db.market_hole where state = 'open' and from_time < timestamptz '${new Date(untilMs).toISOString()}'`,
        ),
    );
  }

  /** Waits until `gaps --trades` lists these ids as absent, and nothing else. */
  async awaitAbsent(ids: readonly string[], withinMs = 90_000): Promise<void> {
    const wanted = [...ids].sort().join();
    await awaitNone(
      (found: string[]) => found.join(),
      withinMs,
      async () => {
        const gaps = linesOf<TradeGap>(await this.lake.runHere('gaps', '--trades', '--json'));
        const absent = gaps.filter(({ state }) => state === 'absent').flatMap(idsOf);
        return [...absent].sort().join() === wanted ? [] : [`absent ${absent.join()}, not ${wanted}`];
      },
    );
  }

  /** No id is in the table twice. */
  async proveOnce(): Promise<number> {
    const [row] = await this.lake.query<Record<'rows' | 'ids', string>>(
      `select sum(n)::varchar as rows, count(*)::varchar as ids
       from (select count(*) as n from crypto_db.market_trade group by source, asset_id, asset_type, trade_id)`,
    );
    assert.equal(row?.rows, row?.ids, 'ids are in the table twice');
    return Number(row?.rows);
  }

  /** Waits until all minutes without a trade are known to be so. */
  async awaitCovered({ fromMs, untilMs }: Span, withinMs = 150_000): Promise<void> {
    await awaitNone(
      (found: object[]) => JSON.stringify(found),
      withinMs,
      async () => {
        const gaps = linesOf<{ reason: string; from: string; to: string }>(await this.lake.runHere('gaps', '--json'));
        return gaps.filter(
          ({ reason, from, to }) => reason !== 'no trade' && Date.parse(to) > fromMs && Date.parse(from) < untilMs,
        );
      },
    );
  }

  private async awaitMinutes(
    span: Span,
    withinMs: number,
    sql: string,
    mayBeIncomplete: ReadonlySet<string>,
  ): Promise<void> {
    await awaitNone(
      (found: string[]) => `${String(found.length)}: ${found.slice(0, 4).join(', ')}`,
      withinMs,
      async () => {
        const rows = new Map((await this.lake.query<BarRow>(sql)).map((row) => [`${row.pair} ${row.start}`, row]));
        const different: string[] = [];
        for (const pair of this.pairs) {
          for (const bar of this.bars(pair, wholeMinutes(span))) {
            const name = `${pair} ${bar.minute}`;
            const row = rows.get(name);
            rows.delete(name);
            const wrong = figures.filter((figure) => Number(bar[figure]) !== Number(row?.[figure]));
            if (row === undefined) different.push(`${name} is not there`);
            else if (wrong.length > 0)
              different.push(
                `${name} ${wrong.map((each) => `${each} ${String(row[each])} not ${String(bar[each])}`).join()}`,
              );
            else if (row.complete !== true && !mayBeIncomplete.has(name)) different.push(`${name} is not complete`);
          }
        }
        return [...different, ...[...rows.keys()].map((name) => `${name} has no trade`)];
      },
    );
  }

  private bars(pair: string, { fromMs, untilMs }: Span): Bar[] {
    return this.exchange.ledger.bars(this.barVenue, pair, fromMs * 1000, untilMs * 1000);
  }
}

/** The minutes that a span holds from begin to end. */
export function wholeMinutes({ fromMs, untilMs }: Span): Span {
  return { fromMs: Math.ceil(fromMs / minute) * minute, untilMs: Math.floor(untilMs / minute) * minute };
}

function idsOf({ firstId, lastId }: TradeGap): string[] {
  return Array.from({ length: lastId - firstId + 1 }, (_, at) => String(firstId + at));
}

function shorten({ missing, wrong, ...rest }: TradeDifference) {
  return { ...rest, missing: missing.length, first: missing.slice(0, 5), wrong: wrong.slice(0, 5) };
}

/** Waits until nothing is found any more, and fails with what was found last. */
async function awaitNone<T>(
  describe: (found: T[]) => string,
  withinMs: number,
  find: () => Promise<T[]>,
): Promise<void> {
  let found: T[] = [];
  const none = await awaitAnswer(
    async () => {
      found = await find();
      return found.length === 0 ? true : undefined;
    },
    { withinMs, everyMs: 500 },
  );
  assert.ok(none, describe(found));
}
