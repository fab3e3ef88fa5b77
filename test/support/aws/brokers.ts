import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';
import { javaCommand } from '../../../src/local/parts/jvm.ts';
import { freePort } from '../../../src/local/ports.ts';
import { endChild } from '../child-process.ts';
import { buildBrokers, javaHome, prepareServers } from './java.ts';

/** A Kafka in place of MSK: three nodes with IAM login over TLS and no automatic creation of topics. */
export interface Brokers {
  /** `127.0.0.1:port,...` of SASL_SSL with AWS_MSK_IAM */
  bootstrapServers: string;
  /** the same without TLS and login, for the test itself */
  plainServers: string;
  /** path of the CA certificate of the nodes, in PEM */
  ca: string;
  /** path of a PKCS12 store with only that certificate */
  truststore: string;
  /** password of the store */
  password: string;
  /** Deletes all topics, as in a newly created cluster. */
  clear: () => Promise<void>;
  /** Ends the nodes and removes their data. */
  stop: () => Promise<void>;
}

export interface BrokersOptions {
  /** keys that may sign in; default: the key `test` with the secret `test` */
  keys?: { id: string; secret: string }[];
  /** address of the emulated account, which evaluates the statements of roles that sign in; absent: everybody may do everything */
  iam?: string;
  /** names of roles that sign in with a key of theirs */
  roles?: string[];
}

/** The key of a role in the emulated account: see emulator/roles.py. */
export function roleKey(role: string): { id: string; secret: string } {
  return { id: `ROLE.${role}`, secret: 'test' };
}

const nodes = [1, 2, 3];
const password = 'changeit';

/** Starts the nodes, in about 5 s. @throws Error with the end of their log when they are not ready within 60 s */
export async function startBrokers(options: BrokersOptions = {}): Promise<Brokers> {
  const [jar, { kafka }] = [await buildBrokers(), await prepareServers()];
  const folder = mkdtempSync(join(tmpdir(), 'cryptodm-brokers-'));
  const tls = certify(folder);
  const keys = [...(options.keys ?? [{ id: 'test', secret: 'test' }]), ...(options.roles ?? []).map(roleKey)];
  writeFileSync(join(folder, 'keys.properties'), keys.map(({ id, secret }) => `${id}=${escape(secret)}\n`).join(''), {
    mode: 0o600,
  });
  const ports: Ports[] = [];
  for (const id of nodes)
    ports.push({ id, iam: await freePort(), plain: await freePort(), controller: await freePort() });
  const files = ports.map((port) => {
    const file = join(folder, `node-${String(port.id)}.properties`);
    writeFileSync(file, render(folder, port, ports, { pem: tls.node, iam: options.iam }));
    return file;
  });
  const log = join(folder, 'log');
  const err = openSync(log, 'w');
  const templates = join(import.meta.dirname, '../../../templates');
  const child = spawn(
    javaCommand(javaHome()),
    [
      ...[
        '-Xms128m',
        '-Xmx512m',
        '-Xss512k',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        '-XX:+ExitOnOutOfMemoryError',
      ],
      `-Dlog4j2.configurationFile=${join(templates, 'kafka/log4j2.properties')}`,
      ...['-cp', [jar, ...kafka.jars].join(delimiter), 'io.cryptodm.test.brokers.Nodes', ...files],
    ],
    { stdio: ['ignore', 'pipe', err], cwd: folder },
  );
  closeSync(err);
  const stop = async () => {
    // A clean shutdown would wait until other nodes lead the partitions.
    await endChild(child, 5000);
    rmSync(folder, { recursive: true, force: true });
  };
  if (!(await serves(child))) {
    const tail = readFileSync(log, 'utf8').slice(-4000);
    await stop();
    throw new Error(`the brokers did not come up:\n${tail}`);
  }
  const servers = (port: (its: Ports) => number) => ports.map((its) => `127.0.0.1:${String(port(its))}`).join(',');
  return {
    bootstrapServers: servers(({ iam }) => iam),
    plainServers: servers(({ plain }) => plain),
    ca: tls.ca,
    truststore: tls.truststore,
    password,
    clear: () => deleteTopics(servers(({ plain }) => plain)),
    stop,
  };
}

async function deleteTopics(bootstrapServers: string): Promise<void> {
  const admin = new Kafka({ brokers: bootstrapServers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((name) => !name.startsWith('__'));
    await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}

interface Ports {
  /** the node's number */
  id: number;
  iam: number;
  plain: number;
  controller: number;
}

/** Whether the nodes report within 60 s that they are ready. */
async function serves(child: ChildProcess): Promise<boolean> {
  if (child.stdout === null) return false;
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  try {
    for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') return true;
    return false;
  } finally {
    clearTimeout(timer);
    child.stdout.resume();
  }
}

/** `server.properties` of one node. A listener's settings: https://kafka.apache.org/documentation/#brokerconfigs */
function render(
  folder: string,
  node: Ports,
  all: Ports[],
  { pem, iam }: { pem: string; iam: string | undefined },
): string {
  const address = (name: string, port: number) => `${name}://127.0.0.1:${String(port)}`;
  const listeners = [address('IAM', node.iam), address('PLAIN', node.plain)];
  const login = `io.cryptodm.test.brokers.IamLoginModule required keys="${join(folder, 'keys.properties')}";`;
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': all
      .map(({ id, controller }) => `${String(id)}@127.0.0.1:${String(controller)}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: [...listeners, address('CONTROLLER', node.controller)].join(','),
    'advertised.listeners': listeners.join(','),
    'inter.broker.listener.name': 'PLAIN',
    'listener.security.protocol.map': 'IAM:SASL_SSL,PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'listener.name.iam.sasl.enabled.mechanisms': 'AWS_MSK_IAM',
    'listener.name.iam.aws_msk_iam.sasl.jaas.config': login,
    'listener.name.iam.aws_msk_iam.sasl.server.callback.handler.class': 'io.cryptodm.test.brokers.KnownKeys',
    'listener.name.iam.ssl.keystore.type': 'PEM',
    'listener.name.iam.ssl.keystore.location': pem,
    'authorizer.class.name': 'io.cryptodm.test.brokers.IamAuthorizer',
    ...(iam === undefined ? {} : { 'cryptodm.iam.url': iam }),
    'log.dirs': join(folder, `data-${String(node.id)}`),
    'auto.create.topics.enable': 'false',
    'default.replication.factor': '3',
    'min.insync.replicas': '2',
    'offsets.topic.num.partitions': '3',
    'transaction.state.log.num.partitions': '3',
    'share.coordinator.state.topic.num.partitions': '3',
    'group.initial.rebalance.delay.ms': '0',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'background.threads': '2',
    'log.segment.bytes': '16777216',
    'log.index.size.max.bytes': '1048576',
    'log.cleaner.dedupe.buffer.size': '4194304',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${escape(value)}\n`)
    .join('');
}

/** A backslash begins an escape in a properties file. */
function escape(value: string): string {
  return value.replaceAll('\\', '\\\\');
}

/** Creates a CA for this run, and a certificate for 127.0.0.1 and localhost. Both are valid for a day. */
function certify(folder: string): { ca: string; truststore: string; node: string } {
  const tls = join(folder, 'tls');
  mkdirSync(tls, { mode: 0o700 });
  const file = (name: string) => join(tls, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe', cwd: tls });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  writeFileSync(file('node.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '1', '-subj', '/CN=Test authority');
  openssl('req', ...key, '-keyout', 'node.key', '-out', 'node.csr', '-subj', '/CN=localhost');
  const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
  openssl('x509', '-req', '-in', 'node.csr', ...issuer, '-out', 'node.pem', '-days', '1', '-extfile', 'node.ext');
  const text = (name: string) => readFileSync(file(name), 'utf8');
  writeFileSync(file('node.all'), text('node.key') + text('node.pem') + text('ca.pem'), { mode: 0o600 });
  const store = ['-keystore', 'trusted.p12', '-storetype', 'PKCS12', '-storepass', password];
  execFileSync(
    join(javaHome(), 'bin/keytool'),
    ['-importcert', '-noprompt', '-alias', 'ca', '-file', 'ca.pem', ...store],
    {
      stdio: 'pipe',
      cwd: tls,
    },
  );
  return { ca: file('ca.pem'), truststore: file('trusted.p12'), node: file('node.all') };
}
