import { Fault } from '../../errors.ts';
import { targetOption, type Command } from '../command.ts';

export const produce: Command = {
  name: 'produce',
  summary: 'start the producers; with --count or --duration run one here and see it end',
  arguments: [{ name: 'which', summary: 'quotes or trades (default: both)', choices: ['quotes', 'trades'] }],
  options: [
    { flags: '--source <source>', summary: 'of quotes: auto, alpaca, simulate or replay:FILE' },
    { flags: '--coins <pairs>', summary: 'pairs, such as BTC/USD,ETH/USD' },
    { flags: '--rate <number>', summary: 'events per second' },
    { flags: '--speed <number>', summary: 'simulated or replayed time, times real time' },
    { flags: '--seed <number>', summary: 'of what is simulated' },
    { flags: '--count <number>', summary: 'end after so many events' },
    { flags: '--duration <time>', summary: 'end after so long, such as 30s or 5m' },
    { flags: '--alpaca-url <url>', summary: 'where Alpaca’s market data API answers' },
    { flags: '--stop', summary: 'stop the producers that run' },
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
    const settings = await context.settings();
    if (settings.target === 'aws') return (await import('../aws/produce.ts')).produceAws(context, flags, args);
    const { runProducer, startProducers, stopProducers } = await import('../../local/produce.ts');
    const { parseSeconds } = await import('../../settings/schema.ts');
    const { io, reporter, entry } = context;
    const work = { settings, signal: io.signal, onEvent: reporter.show, entry };
    const which =
      args[0] === 'quotes' || args[0] === 'trades' ? [args[0] as 'quotes' | 'trades'] : (['quotes', 'trades'] as const);
    if (flags['stop'] === true) {
      await stopProducers(work, which);
      return 0;
    }
    const duration = flags['duration'] === undefined ? undefined : parseSeconds(String(flags['duration']));
    if (flags['duration'] !== undefined && duration === undefined) {
      throw new Fault('usage', `--duration ${String(flags['duration'])} is no length of time`, {
        next: 'Say for example --duration 30s.',
      });
    }
    const given = (name: string) => (typeof flags[name] === 'string' ? flags[name] : undefined);
    const options = {
      source: given('source'),
      coins: given('coins'),
      rate: given('rate'),
      speed: given('speed'),
      seed: given('seed'),
      'alpaca-url': given('alpacaUrl'),
    };
    if (given('count') === undefined && duration === undefined) {
      await startProducers(work, which, options);
      return 0;
    }
    const [one, ...others] = which;
    if (one === undefined || others.length > 0) {
      throw new Fault('usage', '--count and --duration run one producer', {
        next: 'Say which: cryptodm produce quotes --count 100',
      });
    }
    const done = await runProducer(work, one, { ...options, count: given('count'), duration: duration?.toString() });
    reporter.end();
    if (context.global.json) context.data(done);
    else {
      const offsets = Object.entries(done.offsets).map(([partition, offset]) => `${partition}: ${String(offset)}`);
      context.print(
        `${String(done.acknowledged)} acknowledged of ${String(done.sent)} sent, last offsets ${offsets.join(', ') || 'none'}`,
      );
    }
    return done.failed === 0 ? 0 : 5;
  },
};
