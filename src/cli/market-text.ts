import { describeDifference, type CandleDifference } from '../lake/candle-differences.ts';
import type { TradeGaps } from '../lake/trade-gap-listing.ts';
import type { TradeGap } from '../lake/trade-gaps.ts';
import { table } from '../tools/text-table.ts';
import { counted, mostRows, rest } from './gaps-text.ts';

/** A range of missing ids as programs read it. */
export function tradeGapData({ source, coin, first, last, from, to, state, reason }: TradeGap) {
  return { source, coin, firstId: first, lastId: last, ids: last - first + 1, from, to, state, reason };
}

/** Ranges of missing ids as a person reads them, with the sums by state. */
export function renderTradeGaps({ gaps, unproven, empty }: TradeGaps): string {
  const notes = unproven.map((source) => `${source}: its ids do not count up, so that a missing trade can’t be seen.`);
  if (empty && gaps.length === 0) return 'No trade of an exchange is in the lake.';
  if (gaps.length === 0) return ['No trade is missing.', ...notes].join('\n');
  const rows = gaps.slice(0, mostRows).map((gap) => {
    const { source, coin, firstId, lastId, ids, from, to, state, reason } = tradeGapData(gap);
    return [source, coin, String(firstId), String(lastId), String(ids), from, to, state, reason];
  });
  const sums = new Map<string, number>();
  for (const { first, last, state } of gaps) sums.set(state, (sums.get(state) ?? 0) + last - first + 1);
  const text = [...sums].map(([state, ids]) => `${state}: ${counted(ids, 'id')}`).join(', ');
  const head = ['source', 'coin', 'first id', 'last id', 'ids', 'from', 'to', 'state', 'reason'];
  return [...table(head, rows), ...rest(gaps.length, 'range'), '', text, ...notes].join('\n');
}

/** Minutes whose candles differ, as a person reads them, with the sums by cause. */
export function renderCandleDifferences(found: readonly CandleDifference[]): string {
  if (found.length === 0) return 'No bar differs from the exchange’s own candle.';
  const rows = found
    .slice(0, mostRows)
    .map(({ source, coin, start, cause, ...sides }) => [source, coin, start, cause, describeDifference(sides)]);
  const sums = new Map<string, number>();
  for (const { cause } of found) sums.set(cause, (sums.get(cause) ?? 0) + 1);
  const text = [...sums].map(([cause, minutes]) => `${cause}: ${counted(minutes, 'minute')}`).join(', ');
  const head = ['source', 'coin', 'minute', 'cause', 'what differs'];
  return [...table(head, rows), ...rest(found.length, 'minute'), '', text].join('\n');
}
