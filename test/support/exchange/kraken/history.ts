import type { Row } from '../block.ts';
import { candleTexts, json, wholeNumber, type Answer, type History } from '../history.ts';
import type { Market } from '../market.ts';
import { minuteOf } from '../minute-sum.ts';
import type { Tape } from '../tape.ts';
import { decimalText, divideHalfUp } from '../text.ts';

const second = 1_000_000;
const minute = 60 * second;
const candleRows = 720;

/** Kraken's REST interface: docs.kraken.com/api/docs/rest-api/get-recent-trades. */
export class KrakenHistory implements History {
  /** with status 200, as all errors of Kraken */
  readonly tooMany = json({ error: ['EAPI:Rate limit exceeded'] });

  constructor(private readonly market: Market) {}

  answer(path: string, query: URLSearchParams): Answer | undefined {
    if (path === '/0/public/Time') return this.time();
    if (path !== '/0/public/Trades' && path !== '/0/public/OHLC') return undefined;
    const pair = query.get('pair') ?? '';
    if (!this.market.knows(pair)) return json({ error: ['EQuery:Unknown asset pair'] });
    return path === '/0/public/Trades' ? this.trades(pair, query) : this.candles(pair, query);
  }

  private time(): Answer {
    const micros = this.market.clock.nowMicros();
    return json({
      error: [],
      result: { unixtime: Math.floor(micros / second), rfc1123: new Date(micros / 1000).toUTCString() },
    });
  }

  /** Oldest first, after `since` (nanoseconds, or seconds when it is small); without it the newest. */
  private trades(pair: string, query: URLSearchParams): Answer {
    const tape = this.market.tape(pair);
    const limit = wholeNumber(query.get('count'), 1000, 1000);
    const since = query.get('since');
    const rows = since === null ? this.market.newest(pair, Infinity, limit).reverse() : this.after(pair, since, limit);
    const last = rows.at(-1);
    const mark = last === undefined ? (since ?? '0') : String(nanosOf(tape, last.micros));
    const body = rows.map((row) => describeRow(tape, row)).join(',');
    return { status: 200, body: `{"error":[],"result":{"${pair}":[${body}],"last":"${mark}"}}` };
  }

  private after(pair: string, since: string, limit: number): Row[] {
    const tape = this.market.tape(pair);
    const asked = BigInt(/^\d+/.exec(since)?.[0] ?? 0);
    const nanos = asked < 100_000_000_000n ? asked * 1_000_000_000n : asked;
    const micros = Number(nanos / 1000n);
    // Trades of that very microsecond may be later by some nanoseconds.
    const shared = this.market.between(pair, micros, micros + 1, limit);
    const later = shared.filter((row) => nanosOf(tape, row.micros) > nanos);
    return [...later, ...this.market.between(pair, micros + 1, Infinity, limit)].slice(0, limit);
  }

  /** The last 720 minutes, those without trades too; the last row is the minute that runs. */
  private candles(pair: string, query: URLSearchParams): Answer {
    if (wholeNumber(query.get('interval'), 1) !== 1) return json({ error: ['EGeneral:Invalid arguments:interval'] });
    const tape = this.market.tape(pair);
    const running = minuteOf(this.market.clock.nowMicros());
    const begin = running - (candleRows - 1) * minute;
    const since = Number(query.get('since') ?? 0) * second;
    const [before] = this.market.newest(pair, this.indexAt(tape, begin), 1);
    let close = before === undefined ? undefined : decimalText(before.ticks, tape.product.priceDigits);
    const rows: string[] = [];
    for (let from = begin; from <= running; from += minute) {
      const sum = tape.minuteSum(from);
      if (sum === undefined) {
        if (close === undefined || from <= since) continue;
        rows.push(`[${String(from / second)},"${close}","${close}","${close}","${close}","0.0","0.00000000",0]`);
        continue;
      }
      const texts = candleTexts(this.market, pair, sum);
      close = texts.close;
      if (from <= since) continue;
      const { open, high, low, volume } = texts;
      const mean = decimalText(divideHalfUp(sum.notional, sum.units), tape.product.priceDigits);
      rows.push(
        `[${String(from / second)},"${open}","${high}","${low}","${close}","${mean}","${volume}",${String(sum.count)}]`,
      );
    }
    const last = String((running - minute) / second);
    return { status: 200, body: `{"error":[],"result":{"${pair}":[${rows.join(',')}],"last":${last}}}` };
  }

  /** The index of the first trade at a time or later. */
  private indexAt(tape: Tape, micros: number): number {
    return tape.between(micros, Infinity, 1)[0]?.index ?? tape.end;
  }
}

/** Tells the time in nanoseconds. */
function nanosOf(tape: Tape, micros: number): bigint {
  return BigInt(micros) * 1000n + BigInt(tape.nanosOf(micros));
}

/** The time has up to seven decimals of a second: one more than on the stream. */
function describeRow(tape: Tape, row: Row): string {
  const { priceDigits, quantityDigits } = tape.product;
  const tenths = String(Math.floor(tape.nanosOf(row.micros) / 100));
  const time = `${decimalText(row.micros, 6)}${tenths}`.replace(/0+$/, '').replace(/\.$/, '.0');
  const type = row.index % 3 === 0 ? 'l' : 'm';
  return `["${decimalText(row.ticks, priceDigits)}","${decimalText(row.units, quantityDigits)}",${time},"${row.bought ? 'b' : 's'}","${type}","",${tape.idOf(row.index)}]`;
}
