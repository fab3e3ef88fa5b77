import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { Kafka, logLevel } from 'kafkajs';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { javaCommand } from '../../../src/local/parts/jvm.ts';
import { startBrokers, type Brokers } from '../../support/aws/brokers.ts';
import { javaHome, prepareJars } from '../../support/aws/java.ts';
import { readTopic } from '../../support/topic.ts';

interface TestSpec {
  kafka: { bootstrapServers: string };
  topics: Record<string, { partitions: number; replication: number; config: Record<string, string> }>;
  producers: { quotes: { keysSecret?: string } };
}

describe('brokers with IAM login', function () {
  this.timeout(600_000);
  let brokers: Brokers;
  let jar: string;
  let folder: string;

  before(async () => {
    jar = (await prepareJars()).path('ProducerCrypto-1.0.jar');
    brokers = await startBrokers({ keys: [{ id: 'AKIDTEST', secret: 'a+secret/with=signs' }] });
    folder = mkdtempSync(join(tmpdir(), 'cryptodm-iam-'));
  });

  after(async () => {
    await brokers.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Writes the golden spec of an account with these brokers and a change. @returns its path */
  const specWith = (change: (spec: TestSpec) => void = () => undefined): string => {
    const spec = JSON.parse(readFileSync('test/fixtures/spec/lake-aws.json', 'utf8')) as TestSpec;
    spec.kafka.bootstrapServers = brokers.bootstrapServers;
    delete spec.producers.quotes.keysSecret;
    change(spec);
    const file = join(folder, 'lake.json');
    writeFileSync(file, JSON.stringify(spec));
    return file;
  };

  const java = () => [
    '-XX:TieredStopAtLevel=1',
    `-Djavax.net.ssl.trustStore=${brokers.truststore}`,
    `-Djavax.net.ssl.trustStorePassword=${brokers.password}`,
  ];
  const env = (secret = 'a+secret/with=signs') => ({
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_REGION: 'us-east-1',
  });

  const topics = async (spec: string, more: string[] = [], secret?: string) => {
    const args = [...java(), '-cp', jar, 'io.cryptodm.producer.Topics', '--spec', spec, ...more];
    const ran = await execa(javaCommand(javaHome()), args, { env: env(secret), reject: false });
    const changes = ran.stdout === '' ? undefined : (JSON.parse(ran.stdout) as unknown);
    return { code: ran.exitCode, changes, stderr: ran.stderr };
  };

  const all = ['coinbase-currencies', 'coinbase-trades', 'coinbase-bad-records'];

  it('creates the declared topics once, with all replicas', async () => {
    const spec = specWith();
    const dry = await topics(spec, ['--dry-run']);
    assert.deepEqual(dry.changes, { created: all, altered: [], unchanged: [] }, dry.stderr);
    assert.deepEqual((await topics(spec)).changes, { created: all, altered: [], unchanged: [] });
    assert.deepEqual((await topics(spec)).changes, { created: [], altered: [], unchanged: all });
    const admin = new Kafka({ brokers: brokers.plainServers.split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      const { topics: standing } = await admin.fetchTopicMetadata({ topics: all });
      const replicas = standing.flatMap(({ partitions }) => partitions.map((partition) => partition.replicas.length));
      assert.deepEqual(replicas, [3, 3, 3, 3, 3]);
      assert.equal(await admin.createTopics({ topics: [{ topic: all[0] ?? '' }] }), false);
    } finally {
      await admin.disconnect();
    }
  });

  it('alters what may change, and refuses the rest before any change', async () => {
    const more = specWith(({ topics: { trades, bad } }) => {
      if (trades !== undefined) trades.partitions = 3;
      if (bad !== undefined) bad.config['retention.ms'] = '86400000';
    });
    const altered = { created: [], altered: all.slice(1), unchanged: all.slice(0, 1) };
    assert.deepEqual((await topics(more)).changes, altered);
    assert.deepEqual((await topics(more)).changes, { created: [], altered: [], unchanged: all });
    const fewer = await topics(specWith());
    assert.equal(fewer.code, 1);
    assert.match(
      fewer.stderr,
      /coinbase-trades has 3 partitions where 2 are declared; Kafka cannot remove partitions: declare 3/,
    );
    const moved = await topics(specWith(({ topics: { quotes } }) => quotes && (quotes.partitions = 4)));
    assert.equal(moved.code, 1);
    assert.match(moved.stderr, /coinbase-currencies has 2 partitions where 4 are declared; more would move keys/);
    const single = await topics(specWith(({ topics: { quotes } }) => quotes && (quotes.replication = 1)));
    assert.equal(single.code, 1);
    assert.match(single.stderr, /coinbase-currencies has 3 replicas of partition 0 where 1 are declared/);
  });

  it('takes the quotes of the producer', async () => {
    const args = [
      ...java(),
      '-jar',
      jar,
      '--spec',
      specWith(),
      '--source',
      'simulate',
      '--rate',
      '200',
      '--count',
      '50',
    ];
    const { stdout } = await execa(javaCommand(javaHome()), args, { env: env() });
    const done = JSON.parse(stdout.split('\n').at(-1) ?? '') as { acknowledged: number; failed: number };
    assert.deepEqual([done.acknowledged, done.failed], [50, 0]);
    const records = await readTopic({ bootstrapServers: brokers.plainServers }, 'coinbase-currencies');
    // It may also send records of watched minutes.
    assert.equal(records.filter(({ value }) => value?.includes('"coverage"') === false).length, 50);
  });

  it('reads the keys of the market data from their secret', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      request.resume();
      request.once('end', () => {
        const { 'x-amz-target': target, 'apca-api-key-id': id, 'apca-api-secret-key': secret } = request.headers;
        asked.push(String(target ?? `${String(id)} ${String(secret)}`));
        const keys = JSON.stringify({ keyId: 'of-the-secret', secretKey: 'hidden' });
        response.end(JSON.stringify(target === undefined ? { bars: {} } : { Name: 'acme/alpaca', SecretString: keys }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    try {
      const spec = specWith(({ producers }) => (producers.quotes.keysSecret = 'acme/alpaca'));
      const source = ['--source', 'alpaca', '--alpaca-url', url];
      const args = [...java(), '-jar', jar, '--spec', spec, ...source];
      const producer = execa(javaCommand(javaHome()), args, {
        env: { ...env(), AWS_ENDPOINT_URL: url },
        reject: false,
      });
      await awaitAnswer(() => asked[1], { withinMs: 120_000, everyMs: 100 });
      producer.kill('SIGTERM');
      const { stderr } = await producer;
      assert.equal(asked[0], 'secretsmanager.GetSecretValue', stderr);
      assert.equal(asked[1], 'of-the-secret hidden', stderr);
      assert.doesNotMatch(stderr, /hidden/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('refuse a wrong key, and both programs report it', async () => {
    const spec = specWith();
    const refused = await topics(spec, [], 'wrong');
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /Topics: Kafka at [\d.:,]+ does not accept the login: .*Access denied: the signature does/,
    );

    const args = [...java(), '-jar', jar, '--spec', spec, '--source', 'simulate', '--rate', '10'];
    const producer = spawn(javaCommand(javaHome()), args, {
      env: { ...process.env, ...env('wrong') },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(producer, 'exit');
    let said: string | undefined;
    for await (const line of createInterface({ input: producer.stderr })) {
      if (!/ReliableSender - waiting for Kafka: it does not accept the login/.test(line)) continue;
      said = line;
      break;
    }
    producer.stderr.resume();
    producer.kill('SIGTERM');
    await ended;
    assert.match(said ?? '', /Access denied: the signature does not match/);
  });
});
