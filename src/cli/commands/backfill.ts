import { textOf } from '../flags.ts';
import { Fault } from '../../errors.ts';
import { targetOption, type Command } from '../command.ts';

export const backfill: Command = {
  name: 'backfill',
  summary: 'fetch missing minutes from the market’s history, or missing trades from that of exchanges',
  options: [
    { flags: '--from <time>', summary: 'an ISO time, or 7d ago' },
    { flags: '--to <time>', summary: 'end, exclusive (default: the last settled minute)' },
    { flags: '--coins <pairs>', values: 'coin', summary: 'pairs, such as BTC/USD,ETH/USD (default: all)' },
    { flags: '--trades', summary: 'every trade of the span from the exchanges, and bars made from them' },
    {
      flags: '--source <source>',
      summary:
        'alpaca: use the market’s history although the quotes are simulated or recorded; with --trades: exchanges, such as coinbase,kraken (default: those that the lake follows)',
    },
    { flags: '--alpaca-url <url>', summary: 'address of Alpaca’s market data API', setting: 'alpaca.url' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm backfill --from 30d', does: 'a month, all coins; a stopped run continues at the next call' },
    { line: 'cryptodm backfill --from 2025-07-08 --to 2025-07-09 --coins BTC/USD', does: 'one day of one coin' },
    { line: 'cryptodm backfill --trades --from 6h', does: 'trades from before the lake, or that gaps --trades lists' },
  ],
  run: async (context, flags) => {
    const from = textOf(flags, 'from');
    const trades = flags['trades'] === true;
    const source = textOf(flags, 'source');
    const verb = trades
      ? await context.verb('backfillTrades', 'backfill --trades')
      : await context.verb('backfill', 'backfill');
    if (from === undefined) {
      throw new Fault('usage', '"backfill" needs --from', { where: '--from', next: 'For example: --from 7d.' });
    }
    if (!trades && source !== undefined && source !== 'alpaca') {
      throw new Fault('usage', `--source ${source} has no history of bars`, {
        where: '--source',
        next: 'Give --source alpaca, or --trades for the trades of exchanges.',
      });
    }
    return context.answer(await verb({ from, to: textOf(flags, 'to'), coins: textOf(flags, 'coins'), source }));
  },
};
