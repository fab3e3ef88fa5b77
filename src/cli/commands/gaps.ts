import { Fault } from '../../errors.ts';
import { textOf } from '../flags.ts';
import { targetOption, type Command } from '../command.ts';

export const gaps: Command = {
  name: 'gaps',
  summary: 'list the minutes without a trade, and why; or the trades of exchanges that are missing',
  options: [
    {
      flags: '--from <time>',
      summary: 'an ISO time, or 7d ago (default: each coin’s first minute, 7 days ago at most)',
    },
    { flags: '--to <time>', summary: 'end, exclusive (default: the last settled minute)' },
    { flags: '--coins <pairs>', values: 'coin', summary: 'pairs, such as BTC/USD,ETH/USD (default: all)' },
    { flags: '--trades', summary: 'ids that are missing in the trades of exchanges, and what was reported about them' },
    { flags: '--candles', summary: 'minutes whose bar differs from the exchange’s own candle, and the cause' },
    { flags: '--source <exchanges>', summary: 'with --trades or --candles: such as coinbase,kraken (default: all)' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm gaps', does: 'the last seven days' },
    { line: 'cryptodm gaps --from 2h --coins BTC/USD', does: 'two hours of one coin' },
    {
      line: 'cryptodm gaps --trades --source kraken',
      does: 'trades of Kraken that are missing, a range of ids a line',
    },
    { line: 'cryptodm gaps --json', does: 'one object for each run of minutes, for programs' },
  ],
  run: async (context, flags) => {
    const request = { from: textOf(flags, 'from'), to: textOf(flags, 'to'), coins: textOf(flags, 'coins') };
    const sources = textOf(flags, 'source');
    const [trades, candles] = [flags['trades'] === true, flags['candles'] === true];
    if (trades && candles) throw misused('--trades and --candles are two questions');
    if (sources !== undefined && !trades && !candles) throw misused('--source is for --trades or --candles');
    if (trades) {
      const list = await context.verb('tradeGaps', 'gaps --trades');
      const found = await list({ ...request, sources });
      const { renderTradeGaps, tradeGapData } = await import('../market-text.ts');
      return context.answer({ data: found.gaps.map(tradeGapData), text: renderTradeGaps(found) });
    }
    if (candles) {
      const list = await context.verb('candleDifferences', 'gaps --candles');
      const found = await list({ ...request, sources });
      const { renderCandleDifferences } = await import('../market-text.ts');
      return context.answer({ data: found, text: renderCandleDifferences(found) });
    }
    const list = await context.verb('gaps', 'gaps');
    const found = await list(request);
    const { gapData, renderGaps } = await import('../gaps-text.ts');
    return context.answer({ data: found.map(gapData), text: renderGaps(found) });
  },
};

function misused(message: string): Fault {
  return new Fault('usage', message, { next: 'For example: cryptodm gaps --trades --source kraken.' });
}
