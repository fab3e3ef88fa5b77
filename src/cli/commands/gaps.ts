import { targetOption, type Command } from '../command.ts';

export const gaps: Command = {
  name: 'gaps',
  summary: 'list the minutes without a bar, and why',
  options: [
    {
      flags: '--from <time>',
      summary: 'an ISO time, or 7d ago (default: each coin’s first minute, 7 days ago at most)',
    },
    { flags: '--to <time>', summary: 'end, exclusive (default: the last minute that is settled)' },
    { flags: '--coins <pairs>', summary: 'pairs, such as BTC/USD,ETH/USD (default: all)' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm gaps', does: 'the last seven days' },
    { line: 'cryptodm gaps --from 2h --coins BTC/USD', does: 'two hours of one coin' },
    { line: 'cryptodm gaps --json', does: 'one object a run, for programs' },
  ],
  run: async (context, flags) => {
    const { io, reporter, entry, global } = context;
    const given = (name: string) => (typeof flags[name] === 'string' ? flags[name] : undefined);
    const request = { from: given('from'), to: given('to'), coins: given('coins') };
    const settings = await context.settings();
    const list = async () => {
      if (settings.target === 'aws') {
        const { nameAwsLake } = await import('../../aws/lake.ts');
        const { listAwsGaps } = await import('../../aws/gaps.ts');
        return listAwsGaps(nameAwsLake(settings), request, io.signal);
      }
      const { listLocalGaps } = await import('../../local/gaps.ts');
      return listLocalGaps({ settings, signal: io.signal, onEvent: reporter.show, entry }, request);
    };
    const found = await list();
    const { gapData, renderGaps } = await import('../gaps-text.ts');
    reporter.end();
    if (global.json) for (const gap of found) context.data(gapData(gap));
    else context.print(renderGaps(found));
    return 0;
  },
};
