import type { TargetSpec } from '../lake/spec.ts';
import type { Settings } from './schema.ts';

/** The settings of topics and producers in the spec, the same on every target. */
export function renderProduction(settings: Settings): Pick<TargetSpec, 'topicBytes' | 'quotes' | 'trades'> {
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
  };
}

/** A trigger in Spark's format. */
export function renderTrigger(seconds: number): string {
  return `${String(Math.round(seconds * 1000))} milliseconds`;
}
