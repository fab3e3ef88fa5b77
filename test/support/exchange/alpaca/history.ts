import type { Row } from '../block.ts';
import { json, wholeNumber, type Answer, type History } from '../history.ts';
import type { Market } from '../market.ts';
import { minuteOf } from '../minute-sum.ts';
import { describeBar } from './bar.ts';
import { tradeFields } from './feed.ts';

const minute = 60_000_000;
const base = '/v1beta3/crypto/us';

/** A row of an answer: when and of which pair it is, and how it is written. */
interface Line {
  pair: string;
  text: string;
  /** where a next page would begin */
  token: string;
}

/** Alpaca's REST interface for crypto: docs.alpaca.markets/reference/cryptotrades-1. */
export class AlpacaHistory implements History {
  readonly tooMany = json({ message: 'too many requests.' }, 429);

  constructor(private readonly market: Market) {}

  answer(path: string, query: URLSearchParams): Answer | undefined {
    const pairs = (query.get('symbols') ?? '').split(',').filter((pair) => pair !== '');
    if (!path.startsWith(base)) return undefined;
    if (pairs.length === 0) return json({ message: 'symbols is required' }, 400);
    const known = pairs.filter((pair) => this.market.knows(pair)).sort();
    const now = this.market.clock.nowMicros();
    const from = timeOf(query.get('start'), minuteOf(now) - 60 * minute);
    // The end is included.
    const to = timeOf(query.get('end'), now) + 1;
    if (Number.isNaN(from) || Number.isNaN(to)) return json({ message: 'invalid time' }, 400);
    switch (path.slice(base.length)) {
      case '/trades':
        return page('trades', query, (token, limit) => this.trades(known, from, to, token, limit));
      case '/bars':
        return page('bars', query, (token, limit) => this.bars(known, from, to, token, limit));
      case '/latest/bars':
        return this.latestBars(known);
      default:
        return undefined;
    }
  }

  /** By pair and then by time. */
  private trades(pairs: string[], from: number, to: number, token: string | null, limit: number): Line[] {
    const [firstPair = '', micros = '', index = ''] = token?.split(' ') ?? [];
    const lines: Line[] = [];
    for (const pair of pairs) {
      if (pair < firstPair || lines.length > limit) continue;
      const tape = this.market.tape(pair);
      const resumes = token !== null && pair === firstPair;
      const begin = resumes ? Number(micros) : from;
      const isLeft = (row: Row) => !resumes || row.micros > begin || row.index >= Number(index);
      // Some trades of the first microsecond may have been on the page before.
      const rows = this.market.between(pair, begin, to, limit + 1 + 1000).filter(isLeft);
      for (const row of rows) {
        const next = `${pair} ${String(row.micros)} ${String(row.index)}`;
        lines.push({ pair, text: `{${tradeFields(tape, row)}}`, token: next });
      }
    }
    return lines;
  }

  private bars(pairs: string[], from: number, to: number, token: string | null, limit: number): Line[] {
    const [firstPair = '', micros = ''] = token?.split(' ') ?? [];
    const lines: Line[] = [];
    const last = Math.min(to, this.market.clock.nowMicros() - minute);
    for (const pair of pairs) {
      if (pair < firstPair) continue;
      const begin = token !== null && pair === firstPair ? Number(micros) : Math.ceil(from / minute) * minute;
      for (let at = begin; at < last && lines.length <= limit; at += minute) {
        lines.push({ pair, text: `{${describeBar(this.market, pair, at)}}`, token: `${pair} ${String(at)}` });
      }
    }
    return lines;
  }

  private latestBars(pairs: string[]): Answer {
    const from = minuteOf(this.market.clock.nowMicros()) - minute;
    const bars = pairs.map((pair) => `"${pair}":{${describeBar(this.market, pair, from)}}`);
    return { status: 200, body: `{"bars":{${bars.join(',')}}}` };
  }
}

function page(name: string, query: URLSearchParams, linesOf: (token: string | null, limit: number) => Line[]): Answer {
  const limit = wholeNumber(query.get('limit'), 1000, 10_000);
  const given = query.get('page_token');
  const token = given === null || given === '' ? null : Buffer.from(given, 'base64url').toString();
  const lines = linesOf(token, limit);
  const byPair = new Map<string, string[]>();
  for (const { pair, text } of lines.slice(0, limit)) byPair.set(pair, [...(byPair.get(pair) ?? []), text]);
  const next = lines[limit];
  const nextToken = next === undefined ? 'null' : `"${Buffer.from(next.token).toString('base64url')}"`;
  const groups = [...byPair].map(([pair, texts]) => `"${pair}":[${texts.join(',')}]`);
  return { status: 200, body: `{"${name}":{${groups.join(',')}},"next_page_token":${nextToken}}` };
}

function timeOf(text: string | null, otherwise: number): number {
  return text === null || text === '' ? otherwise : Date.parse(text) * 1000;
}
