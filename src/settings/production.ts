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
export function choicesOf({ market, renamed }: Settings): LakeChoices {
  return { tradeDays: market.keep, renamed: renamedCoins(renamed) };
}

/** A trigger in Spark's format. */
export function renderTrigger(seconds: number): string {
  return `${String(Math.round(seconds * 1000))} milliseconds`;
}
