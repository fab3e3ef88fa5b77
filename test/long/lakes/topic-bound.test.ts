import assert from 'node:assert/strict';
import { join } from 'node:path';
import { exitCodes } from '../../../src/errors.ts';
import { topicBytes } from '../../../src/local/status/backlog.ts';
import { SupervisorClient } from '../../../src/local/supervisor/client.ts';
import { signalGroup } from '../../../src/tools/process-identity.ts';
import { readJobProgress, readProducerProgress } from '../../../src/tools/progress.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { TestLake } from '../../support/lake.ts';
import { lookAtTopics } from '../../../src/tools/kafka.ts';

const second = 1000;
/** The least that the settings take. */
const most = 8_000_000;
const [quotes, trades] = ['coinbase-currencies', 'coinbase-trades'];

/** Topics as small as they may be, and jobs that take nothing for a while. */
describe('a topic that is nearly as large as it may be', function () {
  this.timeout(600 * second);
  let lake: TestLake;
  let largest = 0;
  let measuring: NodeJS.Timeout;

  before(async () => {
    lake = await TestLake.prepare({ CRYPTODM_TOPICS_SIZE: '8MB' });
    await lake.run('up', '--source', 'simulate');
    measuring = setInterval(() => {
      largest = Math.max(largest, ...[quotes, trades].map(sizeOf));
    }, 100);
  });

  after(async () => {
    clearInterval(measuring);
    await lake.remove();
  });

  function sizeOf(topic: string): number {
    return topicBytes(join(lake.data, 'kafka', 'log'), topic);
  }

  function acknowledged(producer: string): number {
    return readProducerProgress(join(lake.data, 'run', `producer-${producer}.json`))?.acknowledged ?? 0;
  }

  async function rangesOf(topic: string): Promise<{ low: number; high: number }> {
    const { ranges } = await lookAtTopics(lake.broker, [topic]);
    const all = Object.values(ranges?.[topic] ?? {});
    assert.ok(all.length > 0, `the broker says nothing of ${topic}`);
    return {
      low: all.reduce((sum, range) => sum + range.low, 0),
      high: all.reduce((sum, range) => sum + range.high, 0),
    };
  }

  async function until(reached: () => boolean | Promise<boolean>, what: string, withinMs = 120 * second) {
    const done = await awaitAnswer(async () => ((await reached()) ? true : undefined), { withinMs, everyMs: 200 });
    assert.ok(done, `${what}: ${JSON.stringify(await lake.status())}`);
  }

  async function rows(table: string): Promise<{ rows: number; keys: number; revision: number }> {
    const key = table === 'crypto_trader' ? 'transaction_id' : 'asset_id || asset_type || start_window';
    const [row] = await lake.query<Record<string, string>>(
      `select count(*) as rows, count(distinct ${key}) as keys, max(revision) as revision from crypto_db.${table}`,
    );
    return {
      rows: Number(row?.['rows']),
      keys: Number(row?.['keys']),
      revision: Number(row?.['revision']),
    };
  }

  it('loses nothing while the jobs stand: producers pause before the end, and go on when there is room', async () => {
    const spark = await lake.pidOf('spark');
    signalGroup(spark, 'SIGSTOP');
    let sent: number;
    try {
      await lake.run('produce', 'trades', '--rate', '6000');
      const filling = await lake.named(
        'topic-filling',
        /has not taken .* of coinbase-trades: producers pause at 7 MB, in \d+ s/,
      );
      assert.match(filling.what, /^trades → Iceberg/);
      const paused = await lake.named(
        'producer-paused',
        /the producer of trades pauses: coinbase-trades holds [78] MB of at most 8 MB/,
      );
      assert.equal(paused.part, 'producer-trades');
      sent = acknowledged('trades');
      const refused = await lake.try(['trade', 'buy', 'BTC', '1']);
      assert.equal(refused.code, exitCodes.part);
      assert.match(refused.stderr, /coinbase-trades holds [78] MB of at most 8 MB: the trade was not sent/);
    } finally {
      signalGroup(spark, 'SIGCONT');
    }
    await until(() => acknowledged('trades') > sent + 1000, 'the producer does not go on');
    await until(async () => (await rangesOf(trades)).low > 0, 'nothing is removed of what was taken');
    await new SupervisorClient(lake.data).remove('producer-trades');
    await lake.settle();
    const { high } = await rangesOf(trades);
    const found = await rows('crypto_trader');
    assert.deepEqual([found.rows, found.keys], [high, high]);
    await until(() => sizeOf(trades) < 0.75 * most, 'the topic stays as large as it was');
  });

  it('keeps what the table has taken and the index has not', async () => {
    await setBlock(true);
    try {
      await lake.run('produce', 'quotes', '--source', 'simulate', '--rate', '8000');
      await lake.named('topic-filling', /^quotes → Elasticsearch has not taken .* of coinbase-currencies/);
      await lake.named('producer-paused', /the producer of quotes pauses/);
      const jobs = (await lake.status()).jobs;
      await until(
        async () => (await lake.status()).jobs.find(({ id }) => id === 'quotes-iceberg')?.lag === 0,
        'the table is behind',
      );
      assert.ok((jobs.find(({ id }) => id === 'quotes-elasticsearch')?.lag ?? 0) > 0);
      const taken = readJobProgress(join(lake.data, 'run', 'quotes-elasticsearch.json'))?.offsets ?? {};
      const { low } = await rangesOf(quotes);
      assert.ok(
        low <= Object.values(taken).reduce((sum, offset) => sum + offset, 0),
        'records are removed that the index lacks',
      );
    } finally {
      await setBlock(null);
    }
    const sent = acknowledged('quotes');
    await until(() => acknowledged('quotes') > sent + 1000, 'the producer does not go on');
    await new SupervisorClient(lake.data).remove('producer-quotes');
    await lake.settle();
    const found = await rows('crypto_quote');
    const documents = [...(await lake.documents()).values()];
    assert.equal(found.keys, found.rows);
    assert.equal(documents.length, found.rows);
    assert.equal(Math.max(...documents.map((document) => Number(document['revision']))), found.revision);
    const { jobs } = await lake.status();
    assert.deepEqual(
      jobs.map(({ lostRecords }) => lostRecords),
      jobs.map(() => 0),
    );
  });

  it('never reaches that size', () => {
    assert.ok(largest > 0.85 * most && largest <= most, `the largest was ${String(largest)} bytes`);
  });

  async function setBlock(value: true | null): Promise<void> {
    const response = await lake.askSearch('/crypto_quote/_settings', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ 'index.blocks.write': value }),
    });
    assert.equal(response.status, 200, await response.text());
  }
});
