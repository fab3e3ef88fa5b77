import { targetOption, type Command } from '../command.ts';

const sourceOptions = [
  { flags: '--source <source>', summary: 'auto, alpaca, simulate or replay:FILE', setting: 'source' },
  { flags: '--speed <number>', summary: 'simulated or replayed time, times real time', setting: 'quotes.speed' },
  {
    flags: '--rate <number>',
    summary: 'simulated or replayed quotes per second (0: as the bars come)',
    setting: 'quotes.rate',
  },
];

export const up: Command = {
  name: 'up',
  summary: 'raise the lake; repairs what is broken, changes nothing that stands',
  options: [
    ...sourceOptions,
    { flags: '--coins <pairs>', summary: 'pairs to follow, such as BTC/USD,ETH/USD', setting: 'coins' },
    { flags: '--alpaca-url <url>', summary: 'where Alpaca’s market data API answers', setting: 'alpaca.url' },
    targetOption,
    { flags: '--no-produce', summary: 'start no producers' },
    { flags: '--any-port', summary: 'take free ports where the usual ones are taken' },
  ],
  examples: [
    { line: 'cryptodm up', does: 'live prices, or simulated ones where Alpaca can’t be reached' },
    { line: 'cryptodm up --coins BTC/USD,ETH/USD,SOL/USD', does: 'other coins' },
    { line: 'cryptodm up --target aws', does: 'in an AWS account: shows plan and cost, asks, applies' },
    { line: 'cryptodm up --source replay:btc-usd-1m-2023-03-11.csv', does: 'a recorded day' },
  ],
  run: async (context, flags) => {
    // Said before the heavy modules load, so that a person sees at once that it works.
    context.reporter.show({ event: 'message', text: 'Looking at what stands ...' });
    const up = await context.verb('up', 'up');
    const answer = await up({
      produce: flags['produce'] !== false,
      anyPort: flags['anyPort'] === true,
      flags: context.givenSettings,
      config: context.global.config,
    });
    return context.answer(answer);
  },
};
