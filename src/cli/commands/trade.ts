import { textOf } from '../flags.ts';
import { targetOption, type Command } from '../command.ts';

export const trade: Command = {
  name: 'trade',
  summary: 'make a trade of your own, through the same topic',
  arguments: [
    { name: 'type', summary: 'buy or sell', required: true, choices: ['buy', 'sell'], anyCase: true },
    { name: 'coin', summary: 'such as BTC or BTC/USD', required: true, values: 'coin' },
    { name: 'quantity', summary: 'in units of the coin, such as 0.25', required: true },
  ],
  options: [{ flags: '--user <id>', summary: 'user who trades (default: me)' }, targetOption],
  examples: [
    { line: 'cryptodm trade buy BTC 0.25', does: 'buy a quarter of a bitcoin at the price of this minute' },
    { line: 'cryptodm trade sell LTC 10 --user 42', does: 'for another user' },
  ],
  run: async (context, flags, args) => {
    const [type = '', coin = '', quantity = ''] = args;
    const trade = await context.verb('trade', 'trade');
    const order = {
      type: type.toLowerCase() === 'buy' ? 'BUY' : 'SELL',
      coin,
      quantity,
      user: textOf(flags, 'user') ?? 'me',
    } as const;
    return context.answer(await trade(order));
  },
};
