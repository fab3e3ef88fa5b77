import { Fault } from '../../errors.ts';
import { targetOption, type Command } from '../command.ts';

export const backfill: Command = {
  name: 'backfill',
  summary: 'fetch missing minutes from the market’s history',
  options: [
    { flags: '--from <time>', summary: 'an ISO time, or 7d ago' },
    { flags: '--to <time>', summary: 'end, exclusive (default: the last minute that is settled)' },
    { flags: '--coins <pairs>', summary: 'pairs, such as BTC/USD,ETH/USD (default: all)' },
    {
      flags: '--source <source>',
      summary: 'take the market’s history also where the quotes are simulated or recorded',
      choices: ['alpaca'],
    },
    { flags: '--alpaca-url <url>', summary: 'where Alpaca’s market data API answers', setting: 'alpaca.url' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm backfill --from 30d', does: 'a month, all coins; stop it and it goes on at the next call' },
    { line: 'cryptodm backfill --from 2025-07-08 --to 2025-07-09 --coins BTC/USD', does: 'one day of one coin' },
  ],
  run: async (context, flags) => {
    const { onlyHere } = await import('../aws/only.ts');
    await onlyHere(
      context,
      'backfill',
      'the brokers in the account lie in private subnets, and only IAM roles of the lake may write',
      'The producer there fills what it has missed, up to 7 days, when it starts: "cryptodm produce quotes".',
    );
    const given = (name: string) => (typeof flags[name] === 'string' ? flags[name] : undefined);
    const from = given('from');
    if (from === undefined) {
      throw new Fault('usage', 'from when on is not said', { where: '--from', next: 'Say for example --from 7d.' });
    }
    const { backfill: fill, progressText } = await import('../../local/backfill.ts');
    const { io, reporter, entry } = context;
    const work = { settings: await context.settings(), signal: io.signal, onEvent: reporter.show, entry };
    const done = await fill(work, { from, to: given('to'), coins: given('coins'), source: given('source') });
    reporter.end();
    if (context.global.json) context.data(done);
    else if (done.minutes === 0) context.print('Nothing is missing.');
    else context.print([...done.refused, progressText(done)].join('\n'));
    return done.refused.length === 0 ? 0 : 6;
  },
};
