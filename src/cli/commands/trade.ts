import { targetOption, type Command } from '../command.ts';

export const trade: Command = {
  name: 'trade',
  summary: 'make a trade of your own; it goes through the same topic',
  arguments: [
    { name: 'type', summary: 'buy or sell', required: true, choices: ['buy', 'sell'] },
    { name: 'coin', summary: 'such as BTC or BTC/USD', required: true },
    { name: 'quantity', summary: 'in units of the coin, such as 0.25', required: true },
  ],
  options: [{ flags: '--user <id>', summary: 'who trades (default: me)' }, targetOption],
  examples: [
    { line: 'cryptodm trade buy BTC 0.25', does: 'buy a quarter of a bitcoin at the price of this minute' },
    { line: 'cryptodm trade sell LTC 10 --user 42', does: 'for somebody else' },
  ],
  run: async (context, flags, args) => {
    const { onlyHere } = await import('../aws/only.ts');
    await onlyHere(
      context,
      'trade',
      'the brokers in the account lie in private subnets, and only IAM roles of the lake may write',
      'The trades there come from its own producer: see "cryptodm status".',
    );
    const { makeTrade, sendTrade } = await import('../../local/trade.ts');
    const { declareLake } = await import('../../lake/declaration.ts');
    const settings = await context.settings();
    const [type = '', coin = '', quantity = ''] = args;
    const user = typeof flags['user'] === 'string' ? flags['user'] : 'me';
    const made = makeTrade({ type: type === 'buy' ? 'BUY' : 'SELL', coin, quantity, user }, settings.coins, new Date());
    const topic = declareLake(settings.coins).topics.find((candidate) => candidate.id === 'trades');
    const sent = await sendTrade(settings, topic?.name ?? '', made);
    if (context.global.json) context.data({ ...made.event, ...sent });
    else {
      const { event } = made;
      context.print(
        `${event.trade_type} ${quantity} ${event.asset_id}/${event.asset_type} as ${event.transaction_id} (partition ${String(sent.partition)}, offset ${String(sent.offset)})`,
      );
    }
    return 0;
  },
};
