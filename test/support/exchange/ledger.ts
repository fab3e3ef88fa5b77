import { minuteOf, type MinuteSum } from './minute-sum.ts';
import type { Row } from './block.ts';
import { seedOf } from './noise.ts';
import { describeProduct, type Venue } from './product.ts';
import { Tape } from './tape.ts';
import { decimalText, divideHalfUp, isoSecond, isoText, unitsOf } from './text.ts';

/** A trade that has happened, whether it was sent or not. */
export interface Trade {
  id: string;
  /** microseconds since 1970 */
  micros: number;
  time: string;
  price: string;
  quantity: string;
  /** the taker's */
  side: 'buy' | 'sell';
}

/** A minute of trades. All decimals have 12 places, but `notional`, which has as many as it needs. */
export interface Bar {
  minute: string;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
  /** the sum of price times quantity, exact */
  notional: string;
  /** notional by volume, rounded half up */
  vwap: string;
  count: number;
  firstId: string;
  lastId: string;
}

export interface LedgerOptions {
  seed: number;
  venues: readonly Venue[];
  /** a pair, or one with its own number of trades in a second at each venue */
  pairs: readonly (string | { pair: string; rate: number })[];
  /** trades in a second over all pairs and venues, of the exchange's time */
  rate: number;
  /** the most trades in a second and pair before the beginning */
  historyRate: number;
  historyMs: number;
  originMicros: number;
}

/** What has truly happened: the trades of all venues and pairs. */
export class Ledger {
  private readonly tapes = new Map<string, Tape>();

  constructor(private readonly options: LedgerOptions) {
    const own = options.pairs.filter((pair) => typeof pair !== 'string');
    const shared = options.pairs.length - own.length;
    const left = options.rate / options.venues.length - own.reduce((sum, { rate }) => sum + rate, 0);
    for (const venue of options.venues) {
      for (const each of options.pairs) {
        if (typeof each === 'string') this.open(venue, each, Math.max(0, left / shared), options.originMicros);
        else this.open(venue, each.pair, each.rate, options.originMicros);
      }
    }
  }

  /** Begins to trade a pair. One that begins later than the others has no history. */
  open(venue: Venue, pair: string, rate: number, originMicros: number): Tape {
    const { seed, historyMs, historyRate } = this.options;
    const known = this.tapes.get(`${venue} ${pair}`);
    if (known !== undefined) throw new Error(`${pair} is traded at ${venue} already`);
    const tape = new Tape({
      ...{
        venue,
        rate,
        originMicros,
        product: describeProduct(pair),
        seeds: { trades: seedOf(seed, `${venue} ${pair}`), prices: seedOf(seed, pair) },
      },
      historyRate: Math.min(rate, historyRate),
      historyMicros: originMicros === this.options.originMicros ? historyMs * 1000 : 0,
    });
    this.tapes.set(`${venue} ${pair}`, tape);
    return tape;
  }

  tape(venue: Venue, pair: string): Tape {
    const tape = this.tapes.get(`${venue} ${pair}`);
    if (tape === undefined) throw new Error(`${pair} is not traded at ${venue}`);
    return tape;
  }

  pairs(venue: Venue): string[] {
    return [...this.tapes.values()].filter(({ options }) => options.venue === venue).map(({ product }) => product.pair);
  }

  /** Adds a trade to those that follow from the seed. It happens now, and carries that time or the given one. @returns its id */
  add(venue: Venue, pair: string, trade: Pick<Trade, 'price' | 'quantity' | 'side'> & { micros?: number }): string {
    const tape = this.tape(venue, pair);
    const { priceDigits, quantityDigits } = tape.product;
    const [ticks, units] = [unitsOf(trade.price, priceDigits), unitsOf(trade.quantity, quantityDigits)];
    const bought = trade.side === 'buy';
    return tape.idOf(tape.add([{ micros: trade.micros ?? tape.now, ticks, units, bought }]));
  }

  /** Trades by their times, from the first to before the last, oldest first. History is included when it is asked for. */
  trades(venue: Venue, pair: string, fromMicros = this.options.originMicros, toMicros = Infinity): Trade[] {
    const tape = this.tape(venue, pair);
    return tape.between(fromMicros, toMicros).map((row) => describeTrade(tape, row));
  }

  /** Minutes in which somebody traded, the running one too. */
  bars(venue: Venue, pair: string, fromMicros = this.options.originMicros, toMicros = Infinity): Bar[] {
    const tape = this.tape(venue, pair);
    return tape.minutes(minuteOf(fromMicros), toMicros).map((sum) => describeBar(tape, sum));
  }

  /** How many trades have happened since the beginning. */
  count(venue: Venue, pair: string): number {
    return this.tape(venue, pair).end;
  }
}

export function describeTrade(tape: Tape, row: Row): Trade {
  const { priceDigits, quantityDigits } = tape.product;
  return {
    id: tape.idOf(row.index),
    micros: row.micros,
    time: isoText(row.micros),
    price: decimalText(row.ticks, priceDigits),
    quantity: decimalText(row.units, quantityDigits),
    side: row.bought ? 'buy' : 'sell',
  };
}

const places = 12;

/** What trades of one minute come to, as text. */
export function describeBar(tape: Tape, sum: MinuteSum): Bar {
  const { priceDigits, quantityDigits } = tape.product;
  const price = (ticks: number) => decimalText(BigInt(ticks) * 10n ** BigInt(places - priceDigits), places);
  return {
    minute: isoSecond(sum.fromMicros),
    open: price(sum.open.ticks),
    high: price(sum.high),
    low: price(sum.low),
    close: price(sum.close.ticks),
    volume: decimalText(sum.units * 10n ** BigInt(places - quantityDigits), places),
    notional: decimalText(sum.notional, priceDigits + quantityDigits),
    vwap: decimalText(divideHalfUp(sum.notional * 10n ** BigInt(places - priceDigits), sum.units), places),
    count: sum.count,
    firstId: tape.idOf(sum.open.index),
    lastId: tape.idOf(sum.close.index),
  };
}
