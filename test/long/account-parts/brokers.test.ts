import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import { Kafka, logLevel } from 'kafkajs';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { javaCommand } from '../../../src/local/parts/jvm.ts';
import { roleKey, startBrokers, type Brokers } from '../../support/aws/brokers.ts';
import { javaHome, prepareJars } from '../../support/aws/java.ts';
import { readTopic } from '../../support/topic.ts';
import { allows, prefix, rightsOf, synthesiseLake, type PolicyStatement } from '../../synth/stack.ts';

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

  const all = ['coinbase-currencies', 'coinbase-trades', 'market-trades', 'coinbase-bad-records'];

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
      const { topics: declared } = JSON.parse(readFileSync(spec, 'utf8')) as TestSpec;
      assert.equal(
        replicas.length,
        Object.values(declared).reduce((sum, { partitions }) => sum + partitions, 0),
      );
      assert.ok(
        replicas.every((count) => count === 3),
        replicas.join(),
      );
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
    const [quotes = '', trades = '', market = '', bad = ''] = all;
    const altered = { created: [], altered: [trades, bad], unchanged: [quotes, market] };
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

  describe('with the statements of the stack', () => {
    const stack = synthesiseLake();
    const statements: Record<string, PolicyStatement[]> = {
      producers: rightsOf(stack, 'producers_role_'),
      'jobs-node': rightsOf(stack, 'compute_node_'),
    };
    let judged: Brokers;
    let account: Server;
    const used = new Set<string>();

    /** The account's answer, by patterns that are compared as they are written. */
    const judge = ({ role, action, name }: Record<string, string>) => {
      const [kind = '', ...named] = (name ?? '').split('/');
      const resource = kind === '' ? `cluster/${prefix}-stream/*` : `${kind}/${prefix}-stream/*/${named.join('/')}`;
      const arn = `arn:aws:kafka:us-east-1:123456789012:${resource}`;
      const may = allows(statements[role ?? ''] ?? [], action ?? '', arn);
      if (may) used.add(`${role ?? ''} ${action ?? ''}`);
      return { lacking: may ? null : arn };
    };

    before(async () => {
      account = createServer((request, response) => {
        void text(request).then((body) => {
          response.end(JSON.stringify(judge(JSON.parse(body) as Record<string, string>)));
        });
      });
      account.listen(0, '127.0.0.1');
      await once(account, 'listening');
      const iam = `http://127.0.0.1:${String((account.address() as AddressInfo).port)}`;
      judged = await startBrokers({ iam, roles: Object.keys(statements) });
    });

    after(async () => {
      await judged.stop();
      account.closeAllConnections();
      account.close();
    });

    const run = async (role: string, args: string[]) => {
      const { id, secret } = roleKey(role);
      const trust = [
        `-Djavax.net.ssl.trustStore=${judged.truststore}`,
        `-Djavax.net.ssl.trustStorePassword=${judged.password}`,
      ];
      const spec = specWith((given) => (given.kafka.bootstrapServers = judged.bootstrapServers));
      return execa(
        javaCommand(javaHome()),
        ['-XX:TieredStopAtLevel=1', ...trust, '-cp', jar, ...args, '--spec', spec],
        {
          env: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: 'us-east-1' },
          reject: false,
        },
      );
    };

    it('lets the host declare topics and send quotes, and the jobs not', async () => {
      const refused = await run('jobs-node', ['io.cryptodm.producer.Topics']);
      assert.equal(refused.exitCode, 1, refused.stdout);
      assert.match(refused.stderr, /[Aa]uthoriz/);
      const declared = await run('producers', ['io.cryptodm.producer.Topics']);
      assert.equal(declared.exitCode, 0, declared.stderr);
      assert.deepEqual(JSON.parse(declared.stdout), { created: all, altered: [], unchanged: [] });
      const main = [
        'io.cryptodm.producer.crypto.ProducerCrypto',
        '--source',
        'simulate',
        '--rate',
        '200',
        '--count',
        '20',
      ];
      const sent = await run('producers', main);
      assert.equal(sent.exitCode, 0, sent.stderr);
      const records = await readTopic({ bootstrapServers: judged.plainServers }, 'coinbase-currencies');
      assert.equal(records.filter(({ value }) => value?.includes('"coverage"') === false).length, 20);
    });

    it('needs the rights that the host has, and no others', () => {
      const granted = statements['producers']?.flatMap(({ Action }) => Action) ?? [];
      const unused = granted.filter(
        (action) => action.startsWith('kafka-cluster:') && !used.has(`producers ${action}`),
      );
      assert.deepEqual(unused, []);
    });
  });
});
