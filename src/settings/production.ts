import type { LakeChoices } from '../lake/declaration.ts';
import type { TargetSpec } from '../lake/spec.ts';
import { barsByPair } from './bar-choices.ts';
import { renamedCoins } from './renames.ts';
import type { Settings } from './schema.ts';

/** The settings of topics and producers in the spec, the same on every target. */
export function renderProduction(settings: Settings): Pick<TargetSpec, 'topicBytes' | 'quotes' | 'trades' | 'market'> {
  return {
    topicBytes: settings.topics.size,
    quotes: {
      source: settings.source,
      pollSeconds: settings.quotes.poll,
      historySeconds: settings.quotes.history,
      alpacaUrl: settings.alpaca.url,
      rate: settings.quotes.rate,
      speed: settings.quotes.speed,
      seed: settings.quotes.seed,
    },
    trades: settings.trades,
    market: {
      streams: {
        coinbase: settings.market.coinbase.stream,
        kraken: settings.market.kraken.stream,
        'alpaca-stream': settings.market.alpaca.stream,
      },
      urls: {
        coinbase: settings.market.coinbase.url,
        kraken: settings.market.kraken.url,
        'alpaca-stream': settings.alpaca.url,
      },
      bars: barsByPair(settings.market.bars),
    },
  };
}

/** What the declaration of a lake takes from the settings besides its coins. */
export function choicesOf({ market, renamed, topics }: Settings): LakeChoices {
  return { tradeDays: market.keep, renamed: renamedCoins(renamed), partitions: topics.partitions };
}

/** Heap in MB in which one stream job of several in a process was measured to have room for the least batch that is declared. */
const heapOfLeastBatch = 128;

/**
 * What the batches of the stream jobs are sized by.
 * @param triggers seconds
 * @param heap MB that one job has for itself
 */
export function renderBatches(
  { batches }: Settings,
  triggers: Record<'quotes' | 'trades' | 'market' | 'search', number>,
  heap: number,
): NonNullable<TargetSpec['batches']> {
  const { tables, search } = batches;
  return {
    wanted: {
      quotes: Math.round(tables * triggers.quotes),
      trades: Math.round(tables * triggers.trades),
      market: Math.round(tables * triggers.market),
      search: Math.round(search * triggers.search),
    },
    room: Math.max(1, heap / heapOfLeastBatch),
  };
}

/** A trigger in Spark's format. */
export function renderTrigger(seconds: number): string {
  return `${String(Math.round(seconds * 1000))} milliseconds`;
}
