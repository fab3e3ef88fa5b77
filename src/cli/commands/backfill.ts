import { textOf } from '../flags.ts';
import { Fault } from '../../errors.ts';
import { targetOption, type Command } from '../command.ts';

export const backfill: Command = {
  name: 'backfill',
  summary: 'fetch missing minutes from the market’s history',
  options: [
    { flags: '--from <time>', summary: 'an ISO time, or 7d ago' },
    { flags: '--to <time>', summary: 'end, exclusive (default: the last settled minute)' },
    { flags: '--coins <pairs>', summary: 'pairs, such as BTC/USD,ETH/USD (default: all)' },
    {
      flags: '--source <source>',
      summary: 'use the market’s history although the quotes are simulated or recorded',
      choices: ['alpaca'],
    },
    { flags: '--alpaca-url <url>', summary: 'address of Alpaca’s market data API', setting: 'alpaca.url' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm backfill --from 30d', does: 'a month, all coins; a stopped run continues at the next call' },
    { line: 'cryptodm backfill --from 2025-07-08 --to 2025-07-09 --coins BTC/USD', does: 'one day of one coin' },
  ],
  run: async (context, flags) => {
    const from = textOf(flags, 'from');
    const backfill = await context.verb('backfill', 'backfill');
    if (from === undefined) {
      throw new Fault('usage', '"backfill" needs --from', { where: '--from', next: 'For example: --from 7d.' });
    }
    const request = { from, to: textOf(flags, 'to'), coins: textOf(flags, 'coins'), source: textOf(flags, 'source') };
    return context.answer(await backfill(request));
  },
};
