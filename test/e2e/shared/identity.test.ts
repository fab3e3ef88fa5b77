import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientIdOf, lookAtTopics, sendRecords } from '../../../src/tools/kafka.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import type { TestLake } from '../../support/lake.ts';
import { sharedLake } from '../../support/shared-lake.ts';
import { connectTo, readTopic } from '../../support/topic.ts';

const other = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('the parts of a lake', function () {
  this.timeout(120_000);
  let lake: TestLake;
  let id: string;
  const trades = () => readTopic(lake.broker, 'coinbase-trades');

  before(async () => {
    lake = await sharedLake();
    id = (JSON.parse(readFileSync(join(lake.data, 'run', 'identity.json'), 'utf8')) as { lake: string }).lake;
  });

  it('say whose they are: broker, search, dashboard, and the spec tells jobs and producers', async () => {
    const meta = readFileSync(join(lake.data, 'kafka', 'log', 'meta.properties'), 'utf8');
    assert.match(meta, new RegExp(`^cluster\\.id=${id}$`, 'm'));
    const root = (await (await lake.askSearch('/')).json()) as { lake?: string };
    assert.equal(root.lake, id);
    const alive = await (await lake.askDashboard('/api/alive')).json();
    assert.deepEqual(alive, { data: lake.data, lake: id });
    const spec = JSON.parse(readFileSync(join(lake.data, 'run', 'lake.json'), 'utf8')) as Record<
      string,
      Record<string, unknown>
    >;
    assert.equal(spec['kafka']?.['clusterId'], id);
    assert.equal(spec['search']?.['lakeAlias'], `lake-${id}`);
  });

  it('refuse the clients of another lake: the broker writes nothing and tells no offset', async () => {
    const before = (await trades()).length;
    const broker = { ...lake.broker, clusterId: other };
    const record = { key: 'x', value: '{}', headers: {} };
    await assert.rejects(sendRecords(broker, 'coinbase-trades', [record]), /is not the Kafka of this lake/);
    const looked = await lookAtTopics(broker, ['coinbase-trades']);
    assert.deepEqual([looked.foreign, looked.ranges], [true, undefined]);
    // As a client that was connected when another broker took the port: it asks nobody who answers.
    const client = connectTo(lake.broker, { clientId: clientIdOf('test', other), retry: { retries: 0 } });
    const producer = client.producer();
    await producer.connect();
    await assert.rejects(producer.send({ topic: 'coinbase-trades', messages: [record] }), /[Aa]uthoriz/);
    await producer.disconnect();
    const admin = client.admin();
    await admin.connect();
    await assert.rejects(admin.fetchTopicOffsets('coinbase-trades'), /[Aa]uthoriz/);
    await admin.disconnect();
    assert.equal((await trades()).length, before);
  });

  it('refuse the documents of another lake’s job', async () => {
    const count = async () => (await lake.documents()).size;
    const before = await count();
    const response = await lake.askSearch(`/lake-${other}/_bulk?require_alias=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: '{"index":{"_id":"x"}}\n{"source":"test"}\n',
    });
    const { items } = (await response.json()) as { items: { index: { status: number } }[] };
    assert.deepEqual(
      items.map((item) => item.index.status),
      [404],
    );
    assert.equal(await count(), before);
  });

  it('get no trade of a command for another folder, whose lake is not up', async () => {
    const before = (await trades()).length;
    const elsewhere = join(lake.folder, 'elsewhere');
    const ran = await lake.try(['trade', 'buy', 'BTC', '1', '--data', elsewhere]);
    assert.equal(ran.code, 5, ran.stderr);
    assert.match(ran.stderr, new RegExp(`no lake is up in ${elsewhere}`));
    assert.equal((await trades()).length, before);
  });

  it('are still known when another hand empties the files that name them', async () => {
    const file = (name: string) => join(lake.data, 'run', name);
    const names = ['parts.json', 'supervisor.json'];
    const before = names.map((name) => readFileSync(file(name), 'utf8'));
    for (const name of names) writeFileSync(file(name), '');
    const again = await awaitAnswer(
      () => (names.every((name, at) => readFileSync(file(name), 'utf8') === before[at]) ? true : undefined),
      { withinMs: 10_000, everyMs: 50 },
    );
    assert.ok(again, 'they were not written again');
    assert.equal((await lake.status()).state, 'up');
  });
});
