import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { execa } from 'execa';
import { Kafka, logLevel } from 'kafkajs';
import { Fault } from '../../../src/errors.ts';
import { installAnsible } from '../../../src/aws/setup/ansible.ts';
import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { buildJars } from '../../../src/toolchain/jars.ts';
import { findJdk } from '../../../src/toolchain/jdk.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { findMaven } from '../../../src/toolchain/maven.ts';
import { fetchServers } from '../../../src/local/setup/servers.ts';
import { renderInventory, type InventoryFacts } from '../../../src/aws/hosts/inventory.ts';
import { runPlaybook, type PlaybookEvent, type PlaybookRun } from '../../../src/aws/hosts/ansible.ts';
import { defaultHeaps, readJvmOptions } from '../../../src/local/parts/jvm.ts';
import { ensureCredential } from '../../../src/local/credential.ts';
import { layOut } from '../../../src/local/layout.ts';
import { kafkaConfigFile, renderKafkaConfig } from '../../../src/local/parts/kafka-config.ts';
import { kafkaServer } from '../../../src/local/parts/kafka.ts';
import { freePort } from '../../../src/local/ports.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { CloudDouble } from '../../support/aws/host/cloud.ts';
import { hostAvailable, startHost, type Host } from '../../support/aws/host.ts';
import { skipWithout } from '../../support/skipping.ts';

const machine = thisMachine(process.env);
const unavailable = hostAvailable();
const prefix = 'acme-lake';
const trades = 'coinbase-trades';

describe('the playbook, on a booted host', function () {
  this.timeout(600_000);
  let root: string;
  let venv: string;
  let host: Host;
  let cloud: CloudDouble;
  let kafka: { broker: string; stop: () => Promise<void> };
  let facts: InventoryFacts;
  let key: string;
  let events: PlaybookEvent[];

  before(async function () {
    skipWithout(this, unavailable);
    root = mkdtempSync(join(tmpdir(), 'cryptodm-playbook-'));
    const sources = { packageFolder: process.cwd(), cache: cacheFolder(machine) };
    venv = await installAnsible(sources, machine, () => undefined);
    const jdk = findJdk(machine);
    const toolchain = async () => ({ jdk, maven: await findMaven(machine, jdk) });
    const jars = await buildJars(sources, toolchain, () => undefined);
    const { kafka: server } = await fetchServers(sources, toolchain, () => undefined);
    kafka = await startKafka(server, jars.path('Broker-1.0.jar'), jdk.home, join(root, 'kafka'));
    cloud = await CloudDouble.open();
    cloud.functions.set(`${prefix}-create-tables`, {
      answer: { tables: [{ name: 'crypto_db.crypto_quote', action: 'created', added: [] }], views: [] },
    });
    cloud.functions.set(`${prefix}-update-assets-icons`, {
      answer: { assets: { rows: 3, inserted: 3, updated: 0, source: 'bundled' } },
    });
    key = await makeKey('key');
    const environment = {
      AWS_ENDPOINT_URL: cloud.url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: cloud.url,
      AWS_REGION: 'us-east-1',
    };
    host = await startHost({ publicKey: readFileSync(`${key}.pub`, 'utf8'), environment });

    const artifact = (name: 'ProducerCrypto-1.0.jar' | 'ProducerTrader-1.0.jar') => ({
      path: jars.path(name),
      sha256: createHash('sha256')
        .update(readFileSync(jars.path(name)))
        .digest('hex'),
    });
    const unit = { memoryMb: 64, enabled: true };
    facts = {
      prefix,
      region: 'us-east-1',
      host: 'producers.example',
      spec: join(root, 'lake.json'),
      topicsTool: artifact('ProducerCrypto-1.0.jar'),
      units: [
        { id: 'quotes', ...artifact('ProducerCrypto-1.0.jar'), ...unit },
        { id: 'trades', ...artifact('ProducerTrader-1.0.jar'), ...unit },
      ],
      functions: ['create-tables', 'update-assets-icons'],
    };
    writeSpec(5);
  });

  after(async () => {
    await host?.stop();
    await cloud?.close();
    await kafka?.stop();
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
  });

  /** The lake of the fixture at this broker. @param rate trades per second */
  function writeSpec(rate: number): void {
    const spec = JSON.parse(readFileSync('test/fixtures/spec/lake.json', 'utf8')) as {
      kafka: { bootstrapServers: string; clusterId?: string };
      producers: { quotes: { source: string }; trades: { rate: number } };
    };
    spec.kafka.bootstrapServers = kafka.broker;
    delete spec.kafka.clusterId;
    spec.producers.quotes.source = 'simulate';
    spec.producers.trades.rate = rate;
    writeFileSync(facts.spec, JSON.stringify(spec));
  }

  async function makeKey(name: string): Promise<string> {
    const path = join(root, name);
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path], { stdin: 'ignore' });
    return path;
  }

  function play(more: Partial<PlaybookRun> = {}, changed: Partial<InventoryFacts> = {}): Promise<{ changed: number }> {
    const inventory = join(root, 'inventory.yml');
    writeFileSync(inventory, renderInventory({ ...facts, ...changed }));
    events = [];
    return runPlaybook({
      venv,
      playbook: join(process.cwd(), 'ansible/deploy-processos-crypto.yml'),
      inventory,
      key,
      knownHosts: join(root, 'known_hosts'),
      log: join(root, 'ansible.log'),
      env: {
        ANSIBLE_SSH_ARGS: host.sshArgs,
        AWS_ENDPOINT_URL: cloud.url,
        AWS_ACCESS_KEY_ID: 'caller',
        AWS_SECRET_ACCESS_KEY: 'caller',
      },
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
      ...more,
    });
  }

  const show = async (unit: string, property: string) =>
    host.run(key, 'systemctl', 'show', `--property=${property}`, '--value', unit);

  /** Processes of a producer, as the agent says. */
  const countOf = (unit: string) =>
    cloud.metrics.get(`CryptoLake procstat_lookup_pid_count Lake=${prefix},Producer=${unit}`);

  /** The patterns of the processes that the agent counts. */
  const counted = async () => {
    const config = await host.run(key, 'cat', '/opt/aws/amazon-cloudwatch-agent/etc/cryptodm.json');
    const { metrics } = JSON.parse(config) as { metrics: { metrics_collected: { procstat?: { pattern: string }[] } } };
    return metrics.metrics_collected.procstat?.map(({ pattern }) => pattern);
  };

  /** Tasks that changed something, as text. */
  const changes = () => events.filter((event) => event.event === 'result' && event.state === 'changed');

  /** Sum of the end offsets of a topic. */
  async function endOf(topic: string): Promise<number> {
    const admin = new Kafka({ brokers: [kafka.broker], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      return (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
    } finally {
      await admin.disconnect();
    }
  }

  it('reports in a dry run what it would do, and does nothing', async () => {
    const { changed } = await play({ check: true });
    assert.ok(changed > 5, String(changed));
    assert.deepEqual(cloud.invoked, []);
    await assert.rejects(host.run(key, 'ls', '/etc/cryptodm'));
    assert.equal(await show('producer-quotes', 'LoadState'), 'not-found');
  });

  it('sets up topics, tables, producers and their logs', async () => {
    const { changed } = await play();
    assert.ok(changed > 10, String(changed));
    assert.deepEqual(cloud.invoked, [`${prefix}-create-tables`, `${prefix}-update-assets-icons`]);
    assert.ok((await endOf('coinbase-currencies')) > 0);
    assert.ok((await endOf(trades)) > 0);
    assert.equal(await show('producer-quotes', 'User'), 'cryptodm');
    assert.equal(await show('producer-quotes', 'MemoryMax'), String((64 + 192) * 1024 * 1024));
    assert.equal(await show('producer-trades', 'UnitFileState'), 'enabled');
    const line = await awaitAnswer(() => cloud.shipped.get('producer-quotes')?.[0], { withinMs: 30_000 });
    assert.ok(line, 'no line of producer-quotes reached its log stream');
    assert.deepEqual([...cloud.groups], [`/crypto-lake/${prefix}/producers`]);
    for (const metric of ['mem_used_percent', 'disk_used_percent']) {
      const name = `CryptoLake ${metric} Lake=${prefix}`;
      const value = await awaitAnswer(() => cloud.metrics.get(name), { withinMs: 30_000 });
      assert.ok(value !== undefined && value > 0 && value < 100, `${name}: ${String(value)}`);
    }
  });

  it('changes nothing the second time, and a dry run reports no changes', async () => {
    const standing = { answer: { tables: [{ name: 'crypto_db.crypto_quote', action: 'unchanged', added: [] }] } };
    cloud.functions.set(`${prefix}-create-tables`, standing);
    const rows = { answer: { assets: { rows: 3, inserted: 0, updated: 0, source: 'bundled' } } };
    cloud.functions.set(`${prefix}-update-assets-icons`, rows);
    const before = await show('producer-quotes', 'MainPID');
    assert.equal((await play()).changed, 0, JSON.stringify(changes()));
    assert.equal((await play({ check: true })).changed, 0, JSON.stringify(changes()));
    assert.equal(await show('producer-quotes', 'MainPID'), before);
  });

  it('restarts a killed producer, which goes on sending', async () => {
    const before = await show('producer-trades', 'MainPID');
    await host.run(key, 'kill', '-9', before);
    const after = await awaitAnswer(
      async () => {
        const pid = await show('producer-trades', 'MainPID');
        return pid === before || pid === '0' ? undefined : pid;
      },
      { withinMs: 30_000, everyMs: 200 },
    );
    assert.ok(after, 'producer-trades stays dead');
    const end = await endOf(trades);
    const more = await awaitAnswer(async () => ((await endOf(trades)) > end ? true : undefined), {
      withinMs: 30_000,
      everyMs: 200,
    });
    assert.ok(more, 'nothing was sent after the restart');
    assert.equal(await show('producer-trades', 'NRestarts'), '1');
  });

  it('counts no process of a producer that does not stay up', async () => {
    const one = await awaitAnswer(() => (countOf('producer-trades') === 1 ? true : undefined), { withinMs: 30_000 });
    assert.ok(one, String(countOf('producer-trades')));
    const folder = '/run/systemd/system/producer-trades.service.d';
    const failing = '[Service]\nExecStart=\nExecStart=/bin/false\n';
    await host.run(key, 'mkdir', folder);
    await host.run(key, 'sh', '-c', `printf '${failing}' > ${folder}/failing.conf`);
    await host.run(key, 'systemctl', 'daemon-reload');
    await host.run(key, 'systemctl', 'restart', 'producer-trades');
    const none = await awaitAnswer(() => (countOf('producer-trades') === 0 ? true : undefined), { withinMs: 60_000 });
    assert.ok(none, String(countOf('producer-trades')));
    assert.equal(countOf('producer-quotes'), 1);
    assert.ok(Number(await show('producer-trades', 'NRestarts')) > 1);
    await host.run(key, 'rm', '-r', folder);
    await host.run(key, 'systemctl', 'daemon-reload');
    await host.run(key, 'systemctl', 'restart', 'producer-trades');
  });

  it('restarts only the producer whose unit changed, and all for a new spec', async () => {
    const [quotes, trader] = [await show('producer-quotes', 'MainPID'), await show('producer-trades', 'MainPID')];
    const units = facts.units.map((unit) => (unit.id === 'trades' ? { ...unit, memoryMb: 72 } : unit));
    assert.ok((await play({ tags: ['producer'] }, { units })).changed > 0);
    assert.equal(await show('producer-quotes', 'MainPID'), quotes);
    assert.notEqual(await show('producer-trades', 'MainPID'), trader);
    writeSpec(6);
    await play({ tags: ['producer'] }, { units });
    assert.notEqual(await show('producer-quotes', 'MainPID'), quotes);
    assert.match(await host.run(key, 'cat', '/etc/cryptodm/lake.json'), /"rate":6/);
  });

  it('stops a producer that is disabled', async () => {
    const units = facts.units.map((unit) => ({ ...unit, enabled: unit.id !== 'trades' }));
    assert.ok((await play({}, { units })).changed > 0);
    assert.equal(await show('producer-trades', 'ActiveState'), 'inactive');
    assert.equal(await show('producer-trades', 'UnitFileState'), 'disabled');
    assert.equal(await show('producer-quotes', 'ActiveState'), 'active');
    assert.deepEqual(await counted(), ['/run/producer-quotes/']);
    assert.equal((await play({}, { units })).changed, 0, JSON.stringify(changes()));
    const none = facts.units.map((unit) => ({ ...unit, enabled: false }));
    await play({ check: true }, { units: none });
    await play({}, { units: none });
    assert.equal(await counted(), undefined);
    await play({}, { units });
    assert.deepEqual(await counted(), ['/run/producer-quotes/']);
  });

  it('says which function failed, and why', async () => {
    const name = `${prefix}-create-tables`;
    cloud.functions.set(name, { answer: { errorType: 'Error', errorMessage: 'no such bucket' }, error: true });
    const fault = await refused(play({ tags: ['functions'] }));
    assert.equal(fault.kind, 'part');
    assert.match(fault.message, new RegExp(`${name} failed: no such bucket`));
    assert.match(fault.where ?? '', /^functions: .*create-tables \(acme-lake-producers\)$/);
    assert.equal(fault.facts['log'], join(root, 'ansible.log'));
  });

  it('refuses a jar that changed since', async () => {
    const path = join(root, 'ProducerTrader-1.0.jar');
    copyFileSync(facts.topicsTool.path, path);
    const sha256 = 'a'.repeat(64);
    const units = facts.units.map((unit) => (unit.id === 'trades' ? { ...unit, path, sha256 } : unit));
    const fault = await refused(play({ tags: ['producer'] }, { units }));
    assert.match(fault.message, /does not have the checksum aaaa/);
    assert.equal(await show('producer-quotes', 'ActiveState'), 'active');
  });

  it('says in one fault that the key does not fit', async () => {
    const fault = await refused(play({ key: await makeKey('wrong'), sshTimeout: 5 }));
    assert.equal(fault.kind, 'outside');
    assert.match(fault.message, /can’t be reached by SSH: .*Permission denied/);
    assert.match(fault.next ?? '', /wrong is this lake’s key/);
  });
});

async function refused(run: Promise<unknown>): Promise<Fault> {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Fault, `no fault but ${String(error)}`);
  return error;
}

/** One broker without TLS or login; resolves when it answers. */
async function startKafka(
  server: { title: string; jars: string[] },
  brokerJar: string,
  javaHome: string,
  folder: string,
): Promise<{ broker: string; stop: () => Promise<void> }> {
  mkdirSync(folder);
  const [port, controllerPort] = [await freePort(), await freePort()];
  const layout = layOut(folder);
  ensureCredential(layout);
  const { credential } = layout;
  const config = { folder, port, controllerPort, syncedWithin: 1, credential, access: 'open' as const };
  const templates = join(process.cwd(), 'templates');
  const options = readJvmOptions(templates, 'kafka');
  const daemon = kafkaServer({
    jvm: { javaHome, options, heap: defaultHeaps.kafka, temporary: folder },
    ...server,
    brokerJar,
    templates,
    log: join(folder, 'kafka.out'),
    ...config,
  });
  const template = readFileSync(join(templates, 'kafka/server.properties'), 'utf8');
  writeFileSync(kafkaConfigFile(folder), renderKafkaConfig(template, config));
  const log = openSync(daemon.log, 'a');
  const env = { PATH: process.env['PATH'], ...daemon.env };
  const child = spawn(daemon.command, daemon.args, { cwd: daemon.cwd, env, stdio: ['ignore', log, log] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const broker = `127.0.0.1:${String(port)}`;
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const up = await awaitAnswer(() => answers(broker), { withinMs: 60_000, everyMs: 200 });
  if (up === undefined) {
    await stop();
    throw new Error(`Kafka did not answer: ${readFileSync(daemon.log, 'utf8').slice(-2000)}`);
  }
  return { broker, stop };
}

async function answers(broker: string): Promise<true | undefined> {
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin();
  try {
    await admin.connect();
    await admin.describeCluster();
    return true;
  } catch {
    return undefined;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
