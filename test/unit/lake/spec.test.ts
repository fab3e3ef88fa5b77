import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { declareLake } from '../../../src/lake/declaration.ts';
import { renderIndexTemplate } from '../../../src/lake/mapping.ts';
import { lakeSchema } from '../../../src/lake/schema.ts';
import type { Begin } from '../../../src/lake/generations.ts';
import { renderSpec, type TargetSpec } from '../../../src/lake/spec.ts';
import { renderBatches, renderProduction } from '../../../src/settings/production.ts';
import type { RawSettings } from '../../../src/settings/schema.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { awsPlaceOf } from '../../../src/aws/lake-steps.ts';

const place: TargetSpec = {
  kafka: {
    bootstrapServers: '127.0.0.1:29092',
    clusterId: 'uJkLm3xVQp2aZ0nW8sT5Yg',
    properties: {},
    replication: 1,
  },
  catalog: {
    name: 'lake',
    properties: {
      type: 'jdbc',
      uri: 'jdbc:sqlite:/lake/catalog.db',
      'jdbc.schema-version': 'V1',
      warehouse: 'file:///lake/warehouse',
    },
  },
  search: {
    url: 'http://127.0.0.1:29200',
    lakeAlias: 'lake-uJkLm3xVQp2aZ0nW8sT5Yg',
    credentialFile: '/lake/credential',
  },
  generations: {},
  topicBytes: 4_000_000_000,
  checkpoints: '/lake/checkpoints',
  progress: '/lake/run',
  triggers: {
    quotes: '1 second',
    trades: '1 second',
    market: '1 second',
    search: '1 second',
    layers: '5 seconds',
  },
  quotes: {
    source: 'auto',
    pollSeconds: 5,
    historySeconds: 86_400,
    alpacaUrl: 'https://data.alpaca.markets',
    rate: 0,
    speed: 1,
    seed: 1,
  },
  trades: { rate: 0.2, users: 100, seed: 1 },
  market: renderProduction(readSettings({ flags: {}, env: {}, cwd: '/nowhere' })).market,
};

const read = (file: string): unknown => JSON.parse(readFileSync(join('test/fixtures/spec', file), 'utf8'));
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the spec', () => {
  it('is what the JVM side reads: the golden file', () => {
    assert.deepEqual(plain(renderSpec(declareLake(['BTC/USD', 'LTC/USD']), place)), read('lake.json'));
  });

  it('of a lake in an account names secrets, views and stores, as the other golden file', () => {
    const settings = readSettings({ flags: {}, env: {}, cwd: '/nowhere' });
    const brokers = { bootstrap_brokers: 'b-1.acme.kafka.us-east-1.amazonaws.com:9098' };
    const place = awsPlaceOf(settings, 'acme', brokers, { searchUrl: 'https://search.example:9243', marketKeys: true });
    const spec = renderSpec(declareLake(['BTC/USD', 'LTC/USD']), { ...place, generations: {} });
    assert.deepEqual(plain(spec), read('lake-aws.json'));
  });

  it('gives a topic that was created again a new generation, and its jobs new checkpoints', () => {
    const spec = renderSpec(declareLake(['BTC/USD']), { ...place, generations: { 'coinbase-currencies': 3 } });
    assert.equal(spec.topics['quotes']?.generation, 3);
    const checkpoints = Object.fromEntries(spec.jobs.map((job) => [job.id, job.checkpoint]));
    assert.equal(checkpoints['quotes-iceberg'], '/lake/checkpoints/quotes-iceberg/g3');
    assert.equal(checkpoints['quotes-elasticsearch'], '/lake/checkpoints/quotes-elasticsearch/g3');
    assert.equal(checkpoints['trades-iceberg'], '/lake/checkpoints/trades-iceberg/g1');
  });
});

describe('the largest batch of a job', () => {
  const sizes = (settings: ReturnType<typeof readSettings>) => {
    const batches = renderBatches(settings, { ...settings.triggers, market: 20 }, settings.memory.spark / 4);
    const { jobs } = renderSpec(declareLake(['BTC/USD']), { ...place, batches });
    return Object.fromEntries(jobs.map((job) => [job.id, job.maxOffsetsPerTrigger]));
  };
  const given = (flags: RawSettings) => readSettings({ flags, env: {}, cwd: '/nowhere' });

  it('follows the trigger, as far as the memory goes, and has room to catch up with a short one', () => {
    const usual = { 'quotes-iceberg': 100_000, 'trades-iceberg': 100_000, 'market-iceberg': 100_000 };
    const rest = { 'quotes-elasticsearch': 50_000, 'lake-layers': undefined };
    assert.deepEqual(sizes(given({})), { ...usual, ...rest });
    assert.equal(sizes(given({ memory: { spark: 2048 } }))['market-iceberg'], 400_000);
    assert.equal(sizes(given({ memory: { spark: 8192 } }))['market-iceberg'], 600_000);
    const slow = given({ memory: { spark: 8192 }, batches: { tables: 10_000 }, triggers: { quotes: 30 } });
    assert.equal(sizes(slow)['quotes-iceberg'], 300_000);
  });
});

describe('the spec of a topic that has lost records', () => {
  it('says where its generations begin, and which checkpoint each new one continues', () => {
    const begins: Begin[] = [
      { generation: 1, from: {} },
      { generation: 2, from: { 0: 60, 1: 55 } },
    ];
    const generations = { 'coinbase-currencies': 2, 'coinbase-trades': 3 };
    const target = { ...place, generations, begins: { 'coinbase-currencies': begins } };
    const spec = renderSpec(declareLake(['BTC/USD']), target);
    assert.deepEqual(spec.topics['quotes']?.begins, begins);
    assert.equal(spec.topics['trades']?.begins, undefined);
    const continues = Object.fromEntries(spec.jobs.map((job) => [job.id, job.continues]));
    assert.equal(continues['quotes-iceberg'], '/lake/checkpoints/quotes-iceberg/g1');
    assert.equal(continues['trades-iceberg'], undefined);
  });
});

describe('the declaration', () => {
  it('names the contracts of the customer', () => {
    const lake = declareLake(['BTC/USD']);
    assert.deepEqual(
      lake.topics.map((topic) => topic.name),
      ['coinbase-currencies', 'coinbase-trades', 'market-trades', 'coinbase-bad-records'],
    );
    assert.equal(lake.indexes[0]?.name, 'crypto_quote');
    assert.equal(lake.indexes[0]?.alias, 'CRYPTO_QUOTE');
  });

  it('puts no key of a table into another partition when its row is revised', () => {
    // The time of a fact is never revised.
    const facts = ['crypto_trader', 'market_trade', 'bad_record', 'trade_valued'];
    for (const { name, identifier, partition } of declareLake(['BTC/USD']).tables) {
      if (facts.includes(name.split('.')[1] ?? '')) continue;
      for (const { column } of partition) assert.ok(identifier.includes(column), `${name} by ${column}`);
    }
  });

  it('is refused with every fault when its parts do not fit together', () => {
    const lake = declareLake(['BTC/USD']);
    const [quotes] = lake.tables;
    assert.ok(quotes);
    const wrong = {
      ...lake,
      coins: [...lake.coins, ...lake.coins],
      tables: [{ ...quotes, identifier: ['vwap'], sort: ['nonsense'] }],
    };
    const result = lakeSchema.safeParse(wrong);
    const messages = result.error?.issues.map((issue) => issue.message).join('\n') ?? '';
    assert.match(messages, /BTC\/USD occurs twice/);
    assert.match(messages, /crypto_quote has no column nonsense/);
    assert.match(messages, /vwap must be required/);
    for (const table of ['crypto_trader', 'market_trade', 'market_hole', 'candle_difference'])
      assert.match(messages, new RegExp(`no table crypto_db.${table}`));
  });

  it('maps every column of the quotes into the index, and no other field', () => {
    const lake = declareLake(['BTC/USD']);
    const template = renderIndexTemplate(lake, 'crypto_quote', 0);
    const columns = lake.tables[0]?.columns.map((column) => column.name);
    assert.deepEqual(Object.keys(template.template.mappings.properties), columns);
    assert.equal(template.template.mappings.dynamic, 'strict');
    assert.deepEqual(template.template.aliases, { CRYPTO_QUOTE: {} });
  });
});
