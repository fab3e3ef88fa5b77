import { Fault } from '../../errors.ts';
import { targetOption, type Command } from '../command.ts';
import { textOf } from '../flags.ts';

export const produce: Command = {
  name: 'produce',
  summary: 'start the producers; with --count or --duration run one in the foreground until it ends',
  arguments: [{ name: 'which', summary: 'quotes or trades (default: both)', choices: ['quotes', 'trades'] }],
  options: [
    {
      flags: '--source <source>',
      summary: 'of quotes: auto, alpaca, simulate, replay:FILE, or exchanges such as coinbase,kraken',
    },
    { flags: '--coins <pairs>', values: 'coin', summary: 'pairs, such as BTC/USD,ETH/USD' },
    { flags: '--rate <number>', summary: 'events per second' },
    { flags: '--speed <number>', summary: 'how many times faster than real time simulated or replayed time passes' },
    {
      flags: '--times <unit>',
      summary: 'how a recording writes times: iso (default), or s, ms, us, ns since 1970',
      choices: ['iso', 's', 'ms', 'us', 'ns'],
    },
    {
      flags: '--bad-lines <what>',
      summary: 'stop: a refused line refuses the recording (default); skip: it is left out and named',
      choices: ['stop', 'skip'],
    },
    { flags: '--mix', summary: 'also where a coin has prices of another kind: recorded beside simulated, for example' },
    { flags: '--seed <number>', summary: 'seed of the simulation' },
    { flags: '--count <number>', summary: 'end after so many events' },
    { flags: '--duration <time>', summary: 'end after so long, such as 30s or 5m' },
    { flags: '--alpaca-url <url>', summary: 'address of Alpaca’s market data API' },
    { flags: '--stop', summary: 'stop the running producers' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm produce', does: 'start both in the background' },
    { line: 'cryptodm produce trades --rate 50', does: 'fifty trades a second from now on' },
    {
      line: 'cryptodm produce quotes --source simulate --rate 1000 --duration 2m',
      does: 'a load test, in the foreground',
    },
    { line: 'cryptodm produce --stop', does: 'stop them' },
  ],
  run: async (context, flags, args) => {
    const { parseSeconds } = await import('../../settings/schema.ts');
    const given = textOf(flags, 'duration');
    const duration = given === undefined ? undefined : parseSeconds(given);
    if (given !== undefined && duration === undefined) {
      throw new Fault('usage', `--duration ${given} is not a length of time`, {
        next: 'For example: --duration 30s.',
      });
    }
    const produce = await context.verb('produce', 'produce');
    const answer = await produce({
      which: args[0] === 'quotes' || args[0] === 'trades' ? args[0] : undefined,
      stop: flags['stop'] === true,
      flags: {
        source: textOf(flags, 'source'),
        coins: textOf(flags, 'coins'),
        rate: textOf(flags, 'rate'),
        speed: textOf(flags, 'speed'),
        times: textOf(flags, 'times'),
        'bad-lines': textOf(flags, 'badLines'),
        mix: flags['mix'] === true ? '' : undefined,
        seed: textOf(flags, 'seed'),
        'alpaca-url': textOf(flags, 'alpacaUrl'),
      },
      count: textOf(flags, 'count'),
      duration,
    });
    return context.answer(answer);
  },
};
