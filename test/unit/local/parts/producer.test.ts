import assert from 'node:assert/strict';
import { producerProcess, type Producer } from '../../../../src/local/parts/producer.ts';

const producer: Producer = {
  id: 'quotes',
  jvm: { javaHome: '/jdk', options: [], heap: { initial: 16, most: 96 }, temporary: '/lake/tmp' },
  jar: '/jars/ProducerCrypto-1.0.jar',
  spec: '/lake/run/lake.json',
  progressFile: '/lake/run/producer-quotes.json',
  folder: '/lake/tmp',
  log: '/lake/logs/producer-quotes.log',
};
const flags = { source: 'simulate', poll: '1', speed: '60', coins: 'BTC/USD', rate: '5', seed: '7', count: undefined };
const after = (args: string[]) => args.slice(args.indexOf('/lake/run/lake.json') + 1);

describe('a producer', () => {
  it('of quotes gets every flag that has a value', () => {
    const { args } = producerProcess({ ...producer, progressFile: undefined, flags });
    assert.deepEqual(after(args), [
      ...['--source', 'simulate', '--poll', '1', '--speed', '60', '--coins', 'BTC/USD'],
      ...['--rate', '5', '--seed', '7'],
    ]);
  });

  it('of trades gets only the flags that it knows', () => {
    const { args } = producerProcess({ ...producer, id: 'trades', progressFile: undefined, flags });
    assert.deepEqual(after(args), ['--coins', 'BTC/USD', '--rate', '5', '--seed', '7']);
  });

  it('gives heartbeats by its progress file, and has neither in the foreground', () => {
    const background = producerProcess(producer);
    assert.deepEqual(after(background.args), ['--progress-file', '/lake/run/producer-quotes.json']);
    assert.deepEqual(background.beats, [{ file: '/lake/run/producer-quotes.json', name: 'producer of quotes' }]);
    const foreground = producerProcess({ ...producer, progressFile: undefined });
    assert.deepEqual(after(foreground.args), []);
    assert.equal(foreground.beats, undefined);
  });

  it('asks the market’s history for what is missing', () => {
    const history = { url: 'https://data', missing: '/lake/run/missing.jsonl', coins: ['BTC/USD', 'LTC/USD'] };
    const { args } = producerProcess({ ...producer, progressFile: undefined, history });
    assert.deepEqual(after(args), [
      ...['--source', 'alpaca-history', '--missing', '/lake/run/missing.jsonl'],
      ...['--coins', 'BTC/USD,LTC/USD', '--alpaca-url', 'https://data'],
    ]);
  });

  it('may end by itself only where that is said', () => {
    assert.equal(producerProcess(producer).ends, undefined);
    assert.equal(producerProcess({ ...producer, ends: true }).ends, true);
  });
});
