import type { Market } from './market.ts';
import type { MinuteSum } from './minute-sum.ts';
import { decimalText } from './text.ts';

export interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

/** What a venue's REST interface says. */
export interface History {
  /** `path` is below the venue's own; undefined when there is nothing at that path */
  answer(path: string, query: URLSearchParams): Answer | undefined;
  /** what it says to a client that asks too often */
  readonly tooMany: Answer;
}

export function json(value: unknown, status = 200): Answer {
  return { status, body: JSON.stringify(value) };
}

/** A number that a client has asked for, within limits. */
export function wholeNumber(text: string | null, otherwise: number, most = Infinity): number {
  const number = text === null || text === '' ? otherwise : Number(text);
  return Number.isInteger(number) && number > 0 ? Math.min(number, most) : otherwise;
}

/** The decimals of a minute as candles show them, which may differ from the truth. */
export function candleTexts(market: Market, pair: string, sum: MinuteSum) {
  const { priceDigits, quantityDigits } = market.tape(pair).product;
  const bent = market.bentCandle(pair, sum.fromMicros);
  const price = (ticks: number) => decimalText(ticks, priceDigits);
  // A thousandth is exact enough for a wrong figure.
  const volume = bent === undefined ? sum.units : (sum.units * BigInt(Math.round(bent.volumeShare * 1000))) / 1000n;
  const high = bent === undefined ? sum.high : Math.round(sum.high * bent.highShare);
  return {
    open: price(sum.open.ticks),
    high: price(high),
    low: price(sum.low),
    close: price(sum.close.ticks),
    volume: decimalText(volume, quantityDigits),
  };
}
