import { count } from '../../tools/phrases.ts';
import { progressBar } from '../../tools/progress-bar.ts';
import { table } from '../../tools/text-table.ts';

/** What a backfill has found of a pair at an exchange. */
export interface PairBackfilled {
  source: string;
  coin: string;
  /** minutes that were asked for */
  minutes: number;
  /** trades that the table had not */
  new: number;
  /** trades of the span that the table had before */
  there: number;
  /** ids of the span that the exchange has not given */
  absent: number;
  /** bars that were made from the trades */
  bars: number;
  /** ISO-8601, the first trade of the exchange’s history, where that is not before the span */
  begins: string | null;
}

export interface TradesBackfilled {
  /** minutes to ask for, of all pairs and exchanges together */
  minutes: number;
  /** those of them that were asked for */
  asked: number;
  /** trades and bars that have arrived in the lake’s topics */
  sent: number;
  /** why an exchange gives none of a pair */
  refused: string[];
  pairs: PairBackfilled[];
}

/** As a person reads it, a line for each exchange and pair. */
export function renderTradeBackfill({ minutes, refused, pairs }: TradesBackfilled): string {
  const there = pairs.reduce((sum, its) => sum + its.there, 0);
  if (minutes === 0) return `Nothing is missing: ${count(there, 'trade')} are there.`;
  const head = ['source', 'coin', 'minutes asked', 'new', 'already there', 'not given', 'bars'];
  const rows = pairs.map((its) => [
    ...[its.source, its.coin],
    ...[its.minutes, its.new, its.there, its.absent, its.bars].map(String),
  ]);
  const begins = pairs.flatMap((its) =>
    its.begins === null ? [] : [`The history of ${its.coin} at ${its.source} begins at ${its.begins}.`],
  );
  return [...refused, ...table(head, rows), ...begins].join('\n');
}

/** `[########------------]  40%  4,032 of 10,080 minutes asked, 3,977 trades and bars`. */
export function progressText({ minutes, asked, sent }: Pick<TradesBackfilled, 'minutes' | 'asked' | 'sent'>): string {
  return progressBar({ asked, minutes, sent, what: 'trades and bars' });
}
