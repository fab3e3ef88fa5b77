import { Fault } from '../errors.ts';
import { findGaps, noFacts, readFacts, renderFactsQuery, settledTo, wholeMinute, type Gap, type Span } from './gaps.ts';
import type { Lake } from './schema.ts';
import { newestPair } from './renames.ts';
import { parseTime } from './times.ts';

/** A request for gaps: times as `parseTime` reads them. */
export interface GapsRequest {
  from: string | undefined;
  to: string | undefined;
  /** pairs, comma-separated; all when undefined */
  coins: string | undefined;
}

/** Runs one SELECT; times in the rows are ISO-8601. */
export type ReadRows = (sql: string) => Promise<readonly (readonly unknown[])[]>;

const day = 24 * 60 * 60 * 1000;
const defaultSpan = 7 * day;

/**
 * Runs of minutes without a trade. By default from each coin's first minute, at most 7 days ago, to the last settled minute.
 * @throws Fault of kind `usage` for times that make no span and for unknown coins
 */
export async function listGaps(lake: Lake, request: GapsRequest, readRows: ReadRows, now = Date.now()): Promise<Gap[]> {
  const span = spanOf(request, now);
  const facts = new Map(readFacts(await readRows(renderFactsQuery(lake, span))).map((its) => [its.coin, its]));
  const newest = (pair: string) => newestPair(lake.renamed, pair);
  const declared = lake.coins.map(({ pair }) => newest(pair));
  const asked = request.coins?.split(',').map((pair) => newest(pair.trim().toUpperCase()));
  const coins = coinsOf(asked?.join(','), [...new Set([...declared, ...facts.keys()])].sort());
  return coins.flatMap((coin) => {
    const its = facts.get(coin) ?? noFacts(coin);
    const from = request.from === undefined ? Math.max(span.from, its.since ?? span.to) : span.from;
    return findGaps(its, { from, to: span.to });
  });
}

/** The requested span, in whole settled minutes. @throws Fault of kind `usage` */
export function spanOf(request: Pick<GapsRequest, 'from' | 'to'>, now: number): Span {
  const end = settledTo(now);
  const { from, to } = askedSpan(request, now, end);
  return { from: wholeMinute(from), to: Math.min(wholeMinute(to), end) };
}

/** The requested span; of seven days up to `end` when none is. @throws Fault of kind `usage` */
export function askedSpan(request: Pick<GapsRequest, 'from' | 'to'>, now: number, end = now): Span {
  const from = request.from === undefined ? end - defaultSpan : parseTime(request.from, '--from', now);
  const to = request.to === undefined ? now : parseTime(request.to, '--to', now);
  if (from > now) {
    throw new Fault('usage', `--from ${request.from ?? ''} is in the future`, {
      where: '--from',
      next: 'Give a time in the past, such as --from 7d.',
    });
  }
  if (from >= to) {
    throw new Fault(
      'usage',
      `--from ${new Date(from).toISOString()} is not before --to ${new Date(to).toISOString()}`,
      {
        where: '--from',
        next: 'Give an earlier --from or a later --to.',
      },
    );
  }
  return { from, to };
}

/** The asked of the known coins; all when none is asked for. @throws Fault of kind `usage` */
export function coinsOf(asked: string | undefined, known: string[]): string[] {
  if (asked === undefined) return known;
  const wanted = [...new Set(asked.split(',').map((coin) => coin.trim().toUpperCase()))];
  const unknown = wanted.find((coin) => !known.includes(coin));
  if (unknown === undefined) return wanted;
  throw new Fault('usage', `unknown coin ${unknown === '' ? "''" : unknown}`, {
    where: '--coins',
    next: `Coins of the lake: ${known.join(', ')}.`,
  });
}
