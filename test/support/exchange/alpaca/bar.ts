import { candleTexts } from '../history.ts';
import type { Market } from '../market.ts';
import { priceAt } from '../noise.ts';
import { decimalText, divideHalfUp, isoSecond } from '../text.ts';

const second = 1_000_000;

/** A decimal as Alpaca writes it: a JSON number without trailing zeros. */
export function numberText(decimal: string): string {
  return String(Number(decimal));
}

/** The fields of a minute's bar. One without trades shows prices between bid and ask, and says so by volume and count. */
export function describeBar(market: Market, pair: string, fromMicros: number): string {
  const { product, options } = market.tape(pair);
  const sum = market.tape(pair).minuteSum(fromMicros);
  const time = isoSecond(fromMicros);
  if (sum === undefined) {
    const quotes = [1, 20, 40, 59].map((at) =>
      priceAt(options.seeds.prices, product.startPrice, fromMicros + at * second).toFixed(product.priceDigits),
    );
    const numbers = quotes.map(Number);
    const high = String(Math.max(...numbers));
    const low = String(Math.min(...numbers));
    return `"t":"${time}","o":${String(numbers[0])},"h":${high},"l":${low},"c":${String(numbers[3])},"v":0,"n":0,"vw":0`;
  }
  const { open, high, low, close, volume } = candleTexts(market, pair, sum);
  const mean = decimalText(divideHalfUp(sum.notional, sum.units), product.priceDigits);
  const [o, h, l, c, v, vw] = [open, high, low, close, volume, mean].map(numberText);
  return `"t":"${time}","o":${o},"h":${h},"l":${l},"c":${c},"v":${v},"n":${String(sum.count)},"vw":${vw}`;
}
