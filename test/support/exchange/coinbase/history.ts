import { candleTexts, json, wholeNumber, type Answer, type History } from '../history.ts';
import type { Market } from '../market.ts';
import { decimalText, isoText } from '../text.ts';
import { pairOf, productOf } from './feed.ts';

const second = 1_000_000;
const notFound = json({ message: 'NotFound' }, 404);

/** Coinbase Exchange's REST interface: docs.cdp.coinbase.com/exchange/reference. */
export class CoinbaseHistory implements History {
  readonly tooMany = json({ message: 'Public rate limit exceeded' }, 429);

  constructor(private readonly market: Market) {}

  answer(path: string, query: URLSearchParams): Answer | undefined {
    if (path === '/time') return this.time();
    if (path === '/products') return json(this.market.pairs.map((pair) => this.product(pair)));
    const [, product, what] = /^\/products\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    if (product === undefined) return undefined;
    const pair = pairOf(product);
    if (!this.market.knows(pair)) return notFound;
    if (what === undefined) return json(this.product(pair));
    if (what === 'trades') return this.trades(pair, query);
    return what === 'candles' ? this.candles(pair, query) : undefined;
  }

  private time(): Answer {
    const micros = this.market.clock.nowMicros();
    return json({ iso: isoText(micros), epoch: micros / second });
  }

  private product(pair: string) {
    const [base = '', quote = ''] = pair.split('/');
    const { priceDigits, quantityDigits } = this.market.tape(pair).product;
    const step = (digits: number) => decimalText(1, digits);
    return {
      ...{ id: productOf(pair), base_currency: base, quote_currency: quote, display_name: productOf(pair) },
      ...{ quote_increment: step(priceDigits), base_increment: step(quantityDigits), status: 'online' },
      ...{ trading_disabled: false, post_only: false, limit_only: false, cancel_only: false },
    };
  }

  /** Newest first. `after` asks for older ones, `before` for newer ones: both are ids, and stay outside. */
  private trades(pair: string, query: URLSearchParams): Answer {
    const tape = this.market.tape(pair);
    const { priceDigits, quantityDigits } = tape.product;
    const limit = wholeNumber(query.get('limit'), 1000, 1000);
    const after = query.get('after');
    const before = query.get('before');
    const end = after === null ? Infinity : tape.indexOf(Number(after));
    const start = before === null ? undefined : tape.indexOf(Number(before)) + 1;
    if (Number.isNaN(end) || Number.isNaN(start ?? 0)) return json({ message: 'Invalid cursor' }, 400);
    const rows = this.market.newest(pair, end, limit, start);
    const body = rows.map(
      (row) =>
        `{"time":"${isoText(row.micros)}","trade_id":${tape.idOf(row.index)},"price":"${decimalText(row.ticks, priceDigits)}","size":"${decimalText(row.units, quantityDigits)}","side":"${row.bought ? 'sell' : 'buy'}"}`,
    );
    const [newest, oldest] = [rows[0], rows.at(-1)];
    const headers: Record<string, string> = {};
    if (newest !== undefined) headers['cb-before'] = tape.idOf(newest.index);
    if (oldest !== undefined && oldest.index > tape.first) headers['cb-after'] = tape.idOf(oldest.index);
    return { status: 200, body: `[${body.join(',')}]`, headers };
  }

  private candles(pair: string, query: URLSearchParams): Answer {
    const granularity = Number(query.get('granularity') ?? 60);
    if (granularity !== 60) return json({ message: 'Unsupported granularity' }, 400);
    const now = this.market.clock.nowMicros();
    const end = timeOf(query.get('end'), now);
    const start = timeOf(query.get('start'), end - 299 * 60 * second);
    if (Number.isNaN(start) || Number.isNaN(end)) return json({ message: 'Invalid time' }, 400);
    if ((end - start) / second / granularity > 300) {
      const message = `granularity too small for the requested time range. Count of aggregations requested exceeds 300`;
      return json({ message }, 400);
    }
    const first = Math.ceil(start / (60 * second)) * 60 * second;
    const rows = this.market
      .tape(pair)
      .minutes(first, end + 1)
      .map((sum) => {
        const { open, high, low, close, volume } = candleTexts(this.market, pair, sum);
        return `[${String(sum.fromMicros / second)},${low},${high},${open},${close},${volume}]`;
      });
    return { status: 200, body: `[${rows.slice(-300).reverse().join(',')}]` };
  }
}

/** ISO, or seconds since 1970. @returns microseconds */
function timeOf(text: string | null, otherwise: number): number {
  if (text === null || text === '') return otherwise;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * second : Date.parse(text) * 1000;
}
