import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { execa } from 'execa';
import { cacheFolder } from '../../src/toolchain/cache.ts';
import { buildJars, type BuiltJars } from '../../src/toolchain/jars.ts';
import { findJdk } from '../../src/toolchain/jdk.ts';
import { thisMachine } from '../../src/toolchain/machine.ts';
import { findMaven } from '../../src/toolchain/maven.ts';
import { fetchServers, type Server, type ServerId } from '../../src/local/setup/servers.ts';
import type { Daemon } from '../../src/local/parts/daemon.ts';
import { elasticsearchServer } from '../../src/local/parts/elasticsearch.ts';
import { defaultHeaps, readJvmOptions, type Jvm } from '../../src/local/parts/jvm.ts';
import { kafkaConfigFile, renderKafkaConfig } from '../../src/local/parts/kafka-config.ts';
import { kafkaServer } from '../../src/local/parts/kafka.ts';
import { freePort } from '../../src/local/ports.ts';
import { ensureCredential } from '../../src/local/credential.ts';
import { layOut } from '../../src/local/layout.ts';
import { topics } from '../../src/local/steps/topics.ts';
import type { Broker } from '../../src/tools/broker.ts';
import { rawClient } from '../support/raw-kafka.ts';
import { connectTo } from '../support/topic.ts';
import type { Fault } from '../../src/errors.ts';

const machine = thisMachine(process.env);
const templates = join(process.cwd(), 'templates');

describe('servers of a lake', function () {
  this.timeout(600_000);
  let root: string;
  let servers: Record<ServerId, Server>;
  let jars: BuiltJars;
  const children = new Set<ChildProcess>();

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'cryptodm-servers-'));
    const jdk = findJdk(machine);
    const toolchain = async () => ({ jdk, maven: await findMaven(machine, jdk) });
    const sources = { packageFolder: process.cwd(), cache: cacheFolder(machine) };
    servers = await fetchServers(sources, toolchain, () => undefined);
    jars = await buildJars(sources, toolchain, () => undefined);
  });
  afterEach(async () => {
    await Promise.all([...children].map((child) => stop(child, 'SIGKILL')));
  });
  after(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function start(daemon: Daemon): ChildProcess {
    const log = openSync(daemon.log, 'a');
    const env = { PATH: process.env['PATH'], ...daemon.env };
    const child = spawn(daemon.command, daemon.args, { cwd: daemon.cwd, env, stdio: ['ignore', log, log] });
    children.add(child);
    return child;
  }

  async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
    children.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
    child.kill(signal);
    return ended;
  }

  async function until<T>(ask: () => Promise<T>): Promise<T> {
    const end = Date.now() + 60_000;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (Date.now() > end) throw error;
        await new Promise((done) => setTimeout(done, 100));
      }
    }
  }

  function jvm(part: 'kafka' | 'elasticsearch', folder: string): Jvm {
    const options = readJvmOptions(templates, part);
    return { javaHome: findJdk(machine).home, options, heap: defaultHeaps[part], temporary: folder };
  }

  /** A broker that is not started yet, in a folder of this name. */
  async function kafkaIn(
    name: string,
    access: 'credential' | 'open' = 'credential',
  ): Promise<{ daemon: Daemon; broker: Broker; file: string; controllerPort: number }> {
    const folder = join(root, name);
    mkdirSync(folder);
    const [port, controllerPort] = [await freePort(), await freePort()];
    const inputs = {
      jvm: jvm('kafka', folder),
      title: servers.kafka.title,
      jars: servers.kafka.jars,
      brokerJar: jars.path('Broker-1.0.jar'),
      templates,
      folder,
      log: join(root, `${name}.log`),
      port,
      controllerPort,
      syncedWithin: 1,
      credential: layOut(folder).credential,
      access,
    };
    ensureCredential(layOut(folder));
    const template = readFileSync(join(templates, 'kafka/server.properties'), 'utf8');
    writeFileSync(kafkaConfigFile(folder), renderKafkaConfig(template, inputs));
    const { credential: file } = inputs;
    const bootstrapServers = `127.0.0.1:${String(port)}`;
    const broker = access === 'open' ? { bootstrapServers } : { bootstrapServers, credential: file };
    return { daemon: kafkaServer(inputs), broker, file, controllerPort };
  }

  it('Kafka formats itself once and loses nothing acknowledged in a kill -9', async () => {
    const { daemon, broker } = await kafkaIn('kafka');
    const kafka = connectTo(broker, { retry: { retries: 2 } });

    const first = start(daemon);
    const admin = kafka.admin();
    await until(() => admin.connect());
    await until(() => admin.createTopics({ topics: [{ topic: 'events', numPartitions: 1 }], waitForLeaders: true }));
    const { clusterId } = await admin.describeCluster();
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const messages = Array.from({ length: 500 }, (_, index) => ({ value: String(index) }));
    await producer.send({ topic: 'events', acks: -1, messages });
    await stop(first, 'SIGKILL');
    await producer.disconnect().catch(() => undefined);
    await admin.disconnect().catch(() => undefined);

    const second = start(daemon);
    const again = kafka.admin();
    await until(() => again.connect());
    const [partition] = await until(() => again.fetchTopicOffsets('events'));
    assert.equal(partition?.high, '500');
    assert.equal((await again.describeCluster()).clusterId, clusterId);
    await assert.rejects(again.fetchTopicMetadata({ topics: ['typo'] }), 'a topic that nobody declared is not made');
    await again.disconnect();
    await stop(second, 'SIGTERM');
    assert.match(readFileSync(daemon.log, 'utf8'), /Formatting metadata directory/);
    assert.equal(readFileSync(daemon.log, 'utf8').match(/Formatting metadata directory/g)?.length, 1);
  });

  it('Kafka that is open takes requests without a login, and its controller still none', async () => {
    const { daemon, broker, controllerPort } = await kafkaIn('kafka-open', 'open');
    start(daemon);
    const admin = connectTo(broker).admin();
    await until(() => admin.connect());
    // The controller makes it, for a client whose name the broker passes on.
    assert.equal(await until(() => admin.createTopics({ topics: [{ topic: 'events' }], waitForLeaders: true })), true);
    const { clusterId } = await admin.describeCluster();
    await admin.disconnect();
    const ask = async (port: string | undefined, kind: string) =>
      (await execa(process.execPath, ['-e', rawClient, port ?? '', kind])).stdout;
    assert.equal(await ask(broker.bootstrapServers.split(':')[1], '1'), `answered ${clusterId}`);
    assert.equal(await ask(String(controllerPort), '2'), 'refused');
  });

  it('Kafka of an earlier version, formatted without a user, asks for the credential once it is configured so, and takes a new one at once', async () => {
    const { daemon, broker, file } = await kafkaIn('kafka-rotated', 'open');
    const config = kafkaConfigFile(join(root, 'kafka-rotated'));
    const closed = readFileSync(config, 'utf8').replace('BROKER:PLAINTEXT', 'BROKER:SASL_PLAINTEXT');
    const before = start(daemon);
    const admin = connectTo(broker).admin();
    await until(() => admin.connect());
    await admin.disconnect();
    await stop(before, 'SIGTERM');

    writeFileSync(config, closed.replace('cryptodm.access=open', 'cryptodm.access=credential'));
    start(daemon);
    const topics = async (credential: string | undefined) => {
      const client = connectTo({ ...broker, credential }, { retry: { retries: 0 } }).admin();
      try {
        await client.connect();
        return await client.listTopics();
      } finally {
        await client.disconnect();
      }
    };
    assert.deepEqual(await until(() => topics(file)), []);
    await assert.rejects(topics(undefined));
    const earlier = join(root, 'earlier');
    copyFileSync(file, earlier);
    rmSync(file);
    await assert.rejects(topics(earlier), /invalid credentials/);
    ensureCredential(layOut(join(root, 'kafka-rotated')));
    assert.deepEqual(await topics(file), []);
    await assert.rejects(topics(earlier), /invalid credentials/);
  });

  it('topics that exist get another retention, count a generation when one was deleted, and refuse other partitions', async () => {
    const { daemon, broker } = await kafkaIn('kafka-topics');
    start(daemon);
    const generations = join(root, 'generations.json');
    const context = {
      signal: new AbortController().signal,
      taken: {},
      session: {},
      note: () => undefined,
      progress: () => undefined,
    };
    const days = (retention: number, partitions = 2) => ({
      broker,
      generations,
      topics: [
        { name: 'quotes', partitions, replication: 1, config: { 'retention.ms': String(retention * 86_400_000) } },
        { name: 'trades', partitions: 1, replication: 1, config: { 'retention.ms': '604800000' } },
      ],
    });
    const admin = connectTo(broker).admin();
    const settingsOf = async (name: string) => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: 2, name, configNames: ['retention.ms', 'segment.ms'] }],
      });
      const entries = resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue]) ?? [];
      return Object.fromEntries(entries) as Record<string, string>;
    };
    await until(() => admin.connect());

    assert.equal(await topics.check(days(7), undefined, context), undefined);
    const made = await topics.run(days(7), context);
    assert.equal(made.again, true, 'counted now: the spec must follow');
    assert.ok(await topics.check(days(7), undefined, context));
    assert.equal((await settingsOf('quotes'))['retention.ms'], '604800000');
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: 2,
          name: 'quotes',
          configEntries: [
            { name: 'retention.ms', value: '604800000' },
            { name: 'segment.ms', value: '3600000' },
          ],
        },
      ],
    });

    assert.equal(await topics.check(days(3), undefined, context), undefined, 'another retention is a change');
    assert.equal((await topics.run(days(3), context)).again, false);
    assert.ok(await topics.check(days(3), undefined, context));
    assert.deepEqual(await settingsOf('quotes'), { 'retention.ms': '259200000', 'segment.ms': '3600000' });
    assert.equal((await settingsOf('trades'))['retention.ms'], '604800000');

    for (const verb of [topics.check(days(3, 4), undefined, context), topics.run(days(3, 4), context)]) {
      await assert.rejects(verb, (fault: Fault) => {
        assert.equal(fault.kind, 'part');
        assert.match(fault.message, /^topic quotes has 2 partitions, the lake declares 4$/);
        assert.match(fault.next ?? '', /never changes/);
        return true;
      });
    }

    await admin.deleteTopics({ topics: ['trades'] });
    await until(async () => assert.ok(!(await admin.listTopics()).includes('trades')));
    assert.equal(await topics.check(days(3), undefined, context), undefined);
    assert.equal((await topics.run(days(3), context)).again, true);
    const { quotes, trades } = JSON.parse(readFileSync(generations, 'utf8')) as Record<string, Record<string, unknown>>;
    assert.deepEqual(quotes, { generation: 1, made: true });
    assert.deepEqual([trades?.['generation'], trades?.['made']], [2, true]);
    assert.match(JSON.stringify(trades?.['renewal']), /there was no topic trades any more/);
    await admin.disconnect();
  });

  it('Elasticsearch answers like the real server, orders by external versions and survives a kill -9', async () => {
    const folder = join(root, 'elasticsearch');
    mkdirSync(folder);
    const port = await freePort();
    const daemon = elasticsearchServer({
      jvm: jvm('elasticsearch', folder),
      title: servers.elasticsearch.title,
      home: servers.elasticsearch.folder,
      nodeJar: jars.path('SearchNode-1.0.jar'),
      guardJar: jars.path('SearchGuard-1.0.jar'),
      templates,
      folder,
      cluster: 'lake',
      log: join(root, 'elasticsearch.log'),
      port,
    });
    const client = new Client({ node: `http://127.0.0.1:${port}`, maxRetries: 0 });

    const first = start(daemon);
    const info = await until(() => client.info());
    assert.equal(info.cluster_name, 'lake');
    assert.equal(info.version.number, servers.elasticsearch.version);
    assert.equal(info.tagline, 'You Know, for Search');
    assert.equal(await client.ping(), true);

    const properties = {
      asset_id: { type: 'keyword' },
      start_window: { type: 'date' },
      price_crypto: { type: 'double' },
    } as const;
    await client.indices.putIndexTemplate({
      name: 'quotes',
      index_patterns: ['crypto_quote*'],
      template: { settings: { number_of_replicas: 0 }, mappings: { dynamic: 'strict', properties } },
    });
    await client.indices.create({ index: 'crypto_quote', aliases: { CRYPTO_QUOTE: {} } });
    const write = (version: number, price: number) => [
      { index: { _index: 'crypto_quote', _id: 'BTC-USD-1', version, version_type: 'external_gte' as const } },
      { asset_id: 'BTC', start_window: '2025-07-08T05:43:00Z', price_crypto: price },
    ];
    const newer = 2 ** 40 + 7;
    const written = await client.bulk({ operations: [...write(newer, 3), ...write(newer, 4), ...write(5, 9)] });
    assert.deepEqual(
      written.items.map(({ index }) => index?.status),
      [201, 200, 409],
    );
    const stray = await client.bulk({ operations: [{ index: { _index: 'typo' } }, { a: 1 }] });
    assert.equal(stray.items[0]?.index?.error?.type, 'index_not_found_exception');

    assert.equal(first.exitCode, null);
    await stop(first, 'SIGKILL');
    const second = start(daemon);
    await until(() => client.indices.refresh({ index: 'CRYPTO_QUOTE' }));
    const { hits, aggregations } = await client.search<
      { price_crypto: number },
      { coins: { buckets: { key: string }[] }; minutes: { buckets: { key_as_string: string; doc_count: number }[] } }
    >({
      index: 'CRYPTO_QUOTE',
      aggs: {
        coins: { terms: { field: 'asset_id' } },
        minutes: { date_histogram: { field: 'start_window', fixed_interval: '1m' } },
      },
    });
    assert.deepEqual(
      hits.hits.map(({ _source }) => _source?.price_crypto),
      [4],
    );
    assert.equal(aggregations?.coins.buckets[0]?.key, 'BTC');
    assert.equal(aggregations?.minutes.buckets[0]?.key_as_string, '2025-07-08T05:43:00.000Z');
    await client.close();
    assert.equal(await stop(second, 'SIGTERM'), 0);
  });
});
