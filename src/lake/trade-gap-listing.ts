import { Fault } from '../errors.ts';
import { readCandles, renderCandlesQuery, type CandleDifference } from './candle-differences.ts';
import { countingExchanges, exchanges, exchangesOf, type Exchange } from './exchanges.ts';
import { askedSpan, coinsOf, type GapsRequest, type ReadRows } from './gap-listing.ts';
import type { Lake } from './schema.ts';
import { readTradeFacts, renderTradeGapsQuery, type TradeGap } from './trade-gaps.ts';

/** A request for what is missing of the trades of exchanges, or for candles that differ. */
export interface MarketRequest extends GapsRequest {
  /** exchanges, comma-separated; all when undefined */
  sources: string | undefined;
}

export interface TradeGaps {
  gaps: TradeGap[];
  /** exchanges with trades whose ids don't count up, so that no missing one can be seen */
  unproven: string[];
  /** whether the lake holds any trade of an exchange */
  empty: boolean;
}

/**
 * Ids that are missing in the trades of exchanges, by default of the last seven days.
 * @throws Fault of kind `usage` for times that make no span, for unknown coins and exchanges
 */
export async function listTradeGaps(
  lake: Lake,
  request: MarketRequest,
  readRows: ReadRows,
  now = Date.now(),
): Promise<TradeGaps> {
  const asked = sourcesOf(request.sources);
  const counting = countingExchanges.filter((name) => asked.includes(name));
  // Without any, the statement still says which exchanges there are.
  const sql = renderTradeGapsQuery(lake, askedSpan(request, now), counting.length === 0 ? countingExchanges : counting);
  const { gaps, sources, coins } = readTradeFacts(await readRows(sql));
  const wanted = coinsOf(request.coins, knownCoins(lake, coins));
  return {
    gaps: gaps.filter(({ coin, source }) => wanted.includes(coin) && (asked as readonly string[]).includes(source)),
    unproven: asked.filter((name) => sources.includes(name) && !countingExchanges.includes(name)),
    empty: sources.length === 0,
  };
}

/**
 * Minutes whose bar differs from the exchange's own candle, by default of the last seven days.
 * @throws Fault as `listTradeGaps`
 */
export async function listCandleDifferences(
  lake: Lake,
  request: MarketRequest,
  readRows: ReadRows,
  now = Date.now(),
): Promise<CandleDifference[]> {
  const sql = renderCandlesQuery(lake, askedSpan(request, now), sourcesOf(request.sources));
  const found = readCandles(await readRows(sql));
  const wanted = coinsOf(request.coins, knownCoins(lake, [...found.map(({ coin }) => coin)]));
  return found.filter(({ coin }) => wanted.includes(coin));
}

function knownCoins(lake: Lake, found: readonly string[]): string[] {
  return [...new Set([...lake.coins.map(({ pair }) => pair), ...found])].sort();
}

function sourcesOf(asked: string | undefined): readonly Exchange[] {
  const named = asked === undefined ? exchanges : exchangesOf(asked);
  if (named !== undefined) return named;
  throw new Fault('usage', `unknown exchange in ${asked ?? ''}`, {
    where: '--source',
    next: `Exchanges: ${exchanges.join(', ')}.`,
  });
}
