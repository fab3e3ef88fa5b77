import { textOf } from '../flags.ts';
import { targetOption, type Command } from '../command.ts';

export const gaps: Command = {
  name: 'gaps',
  summary: 'list the minutes without a trade, and why',
  options: [
    {
      flags: '--from <time>',
      summary: 'an ISO time, or 7d ago (default: each coin’s first minute, 7 days ago at most)',
    },
    { flags: '--to <time>', summary: 'end, exclusive (default: the last settled minute)' },
    { flags: '--coins <pairs>', summary: 'pairs, such as BTC/USD,ETH/USD (default: all)' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm gaps', does: 'the last seven days' },
    { line: 'cryptodm gaps --from 2h --coins BTC/USD', does: 'two hours of one coin' },
    { line: 'cryptodm gaps --json', does: 'one object for each run of minutes, for programs' },
  ],
  run: async (context, flags) => {
    const list = await context.verb('gaps', 'gaps');
    const request = { from: textOf(flags, 'from'), to: textOf(flags, 'to'), coins: textOf(flags, 'coins') };
    const found = await list(request);
    const { gapData, renderGaps } = await import('../gaps-text.ts');
    return context.answer({ data: found.map(gapData), text: renderGaps(found) });
  },
};
