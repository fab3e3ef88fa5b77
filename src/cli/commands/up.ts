import { targetOption, type Command } from '../command.ts';

const sourceOptions = [
  {
    flags: '--source <source>',
    summary: 'auto, alpaca, simulate, replay:FILE, or exchanges such as coinbase,kraken',
    setting: 'source',
  },
  {
    flags: '--speed <number>',
    summary: 'how many times faster than real time simulated or replayed time passes',
    setting: 'quotes.speed',
  },
  {
    flags: '--rate <number>',
    summary: 'simulated or replayed quotes per second (0: as the bars come)',
    setting: 'quotes.rate',
  },
];

export const up: Command = {
  name: 'up',
  summary: 'start the lake; repairs what is broken, leaves the rest as it is',
  options: [
    ...sourceOptions,
    { flags: '--coins <pairs>', values: 'coin', summary: 'pairs to follow, such as BTC/USD,ETH/USD', setting: 'coins' },
    { flags: '--alpaca-url <url>', summary: 'address of Alpaca’s market data API', setting: 'alpaca.url' },
    targetOption,
    { flags: '--no-produce', summary: 'start no producers' },
    { flags: '--any-port', summary: 'use free ports where the usual ones are taken' },
    { flags: '--repair', summary: 'leave the producers and the remembered flags as they are' },
  ],
  examples: [
    { line: 'cryptodm up', does: 'live prices, or simulated ones where Alpaca can’t be reached' },
    { line: 'cryptodm up --coins BTC/USD,ETH/USD,SOL/USD', does: 'other coins' },
    { line: 'cryptodm up --source coinbase,kraken', does: 'trades of two exchanges, bars from those of the first' },
    { line: 'cryptodm up --target aws', does: 'in an AWS account: shows plan and cost, asks, applies' },
    { line: 'cryptodm up --source replay:btc-usd-1m-2023-03-11.csv', does: 'a recorded day' },
  ],
  run: async (context, flags) => {
    // Shown before the large modules load, so that the user sees at once that it works.
    context.reporter.show({ event: 'message', text: 'Looking at what is there ...' });
    const up = await context.verb('up', 'up');
    const answer = await up({
      produce: flags['produce'] !== false && flags['repair'] !== true,
      repair: flags['repair'] === true,
      anyPort: flags['anyPort'] === true,
      flags: context.givenSettings,
      config: context.global.config,
    });
    return context.answer(answer);
  },
};
