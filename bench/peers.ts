import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { declareLake } from '../src/lake/declaration.ts';
import { renderSpec } from '../src/lake/spec.ts';
import { createTables } from '../src/local/steps/tables.ts';
import { classPath, javaCommand, readJvmOptions } from '../src/local/parts/jvm.ts';
import { freePort } from '../src/local/ports.ts';
import type { Contender } from './contender.ts';
import { startEngine } from './engine.ts';
import { quoteTable } from './ours.ts';
import { buildPeer } from './peer-build.ts';
import { partitions, pairOf } from './quotes.ts';
import type { Ground, Stage } from './stage.ts';
import { pointerOf, TableReading } from './table-reading.ts';

export const peerIds = ['flink', 'connect', 'spark-append', 'spark-merge'] as const;
export type PeerId = (typeof peerIds)[number];

/** How to start a peer: one JVM with a heap of 1 GB. */
interface Peer {
  title: string;
  /** module of bench/peers */
  module: 'flink' | 'spark' | 'connect';
  /** whether it keeps one row per key */
  unique: boolean;
  /** class and arguments, given the file of its settings */
  main: (settings: string) => string[];
}

const peers: Record<PeerId, Peer> = {
  flink: {
    title: 'Flink 2.0, upsert, checkpoints every 2 s',
    module: 'flink',
    unique: true,
    main: (settings) => ['io.cryptodm.bench.FlinkUpsert', settings],
  },
  connect: {
    title: 'Kafka Connect, commits every 10 s',
    module: 'connect',
    unique: false,
    main: (settings) => ['org.apache.kafka.connect.cli.ConnectStandalone', `${settings}.worker`, `${settings}.sink`],
  },
  'spark-append': {
    title: 'Spark 3.5, append every second',
    module: 'spark',
    unique: false,
    main: (settings) => ['io.cryptodm.bench.SparkBars', 'append', settings],
  },
  'spark-merge': {
    title: 'Spark 3.5, MERGE every second',
    module: 'spark',
    unique: true,
    main: (settings) => ['io.cryptodm.bench.SparkBars', 'merge', settings],
  },
};

/** Topic through which Iceberg's sink coordinates its commits. */
const controlTopic = 'control-iceberg';

export function titleOf(peer: PeerId): string {
  return peers[peer].title;
}

/** Starts a peer on a topic, with a table like ours in a catalog of its own. */
export async function startPeer(
  id: PeerId,
  stage: Stage,
  topic: string,
  tell: (line: string) => void,
): Promise<Contender> {
  const { title, module, unique, main } = peers[id];
  const jars = await buildPeer(module, tell);
  const ground = stage.ground(`${id}-${topic}`);
  const { layout, parts } = ground;
  writeFileSync(layout.spec, JSON.stringify(peerSpec(ground)));
  await createTables(parts.createTables, new AbortController().signal);
  if (id === 'connect') await stage.createTopic(controlTopic, 1);
  const settings = await writeSettings(ground, topic);
  const reading = await TableReading.open(layout.warehouse);
  const engine = startEngine({
    id,
    title,
    command: javaCommand(stage.toolchain.jdk.home),
    args: [
      '-Xmx1g',
      ...jvmOptions(stage.toolchain.templates),
      `-Djava.io.tmpdir=${layout.temporary}`,
      ...quiet,
      '-cp',
      classPath(jars),
      ...main(settings),
    ],
    env: { SPARK_LOCAL_IP: '127.0.0.1', SPARK_LOCAL_HOSTNAME: 'localhost' },
    cwd: layout.temporary,
    log: layout.log(id),
    graceMs: 20_000,
    ports: [],
  });
  return {
    title,
    broker: stage.broker,
    topic,
    engine,
    servants: [stage.kafka.pid],
    stores: [
      { name: 'Iceberg', look: () => pointerOf(layout.catalog, quoteTable), ends: (mark) => reading.ends(mark) },
    ],
    verify: async (expected) =>
      (await reading.verify(await pointerOf(layout.catalog, quoteTable), 'kafka_offset', expected, unique)).rows,
    stop: async () => {
      await engine.stop();
      reading.close();
    },
  };
}

/**
 * Our table of quotes, with partition and offset of each row. It has no identifier fields and no sort order, because some peers would sort by
 * them; no NOT NULL, because the peers' rows are nullable; and it keeps old metadata, which later shows what was visible when.
 */
function peerSpec({ place }: Ground) {
  const spec = renderSpec(declareLake([pairOf(0)]), { ...place, generations: {} });
  const ours = spec.tables.find(({ name }) => name === quoteTable);
  if (ours === undefined) throw new Error('the declaration has no table of quotes');
  const columns = ours.columns
    .filter(({ name }) => name !== 'revision')
    .concat(
      { name: 'kafka_partition', type: 'int', required: false, doc: 'partition of the record' },
      { name: 'kafka_offset', type: 'long', required: false, doc: 'offset of the record' },
    )
    .map((column) => ({ ...column, required: false }));
  const properties = { ...ours.properties, 'write.metadata.delete-after-commit.enabled': 'false' };
  return { ...spec, jobs: [], tables: [{ ...ours, columns, identifier: [], sort: [], properties }] };
}

/** Writes the settings that the peer reads; Kafka Connect has two files in its own format. */
async function writeSettings({ layout, place }: Ground, topic: string): Promise<string> {
  const file = join(layout.run, 'peer.properties');
  const { bootstrapServers } = place.kafka;
  const catalog = (prefix: string) => prefixed(prefix, place.catalog.properties);
  writeProperties(file, { bootstrapServers, topic, table: quoteTable, folder: layout.data, ...catalog('catalog.') });
  writeProperties(`${file}.worker`, {
    'bootstrap.servers': bootstrapServers,
    listeners: `http://127.0.0.1:${String(await freePort())}`,
    'key.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
    'value.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
    // A sink notices a commit only between two polls, and an empty poll lasts this long: a minute by default.
    'offset.flush.interval.ms': '1000',
    'offset.storage.file.filename': join(layout.data, 'connect.offsets'),
  });
  writeProperties(`${file}.sink`, {
    name: 'bars',
    'connector.class': 'org.apache.iceberg.connect.IcebergSinkConnector',
    'tasks.max': String(partitions),
    topics: topic,
    transforms: 'bars',
    'transforms.bars.type': 'io.cryptodm.bench.BarTransform',
    'iceberg.tables': quoteTable,
    'iceberg.control.topic': controlTopic,
    'iceberg.control.commit.interval-ms': '10000',
    'iceberg.catalog': 'lake',
    ...catalog('iceberg.catalog.'),
  });
  return file;
}

function prefixed(prefix: string, properties: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [`${prefix}${name}`, value]));
}

function writeProperties(file: string, properties: Record<string, string>): void {
  writeFileSync(
    file,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
}

/** Logging as the peers' users have it in production: warnings and errors. */
const quiet = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Duser.timezone=UTC'];

/** What Spark and Flink need on JDK 17. Our own engine's arguments leave out the optimising compiler: with them Spark took twice the processor time. */
function jvmOptions(templates: string): string[] {
  const opened = ['java.time', 'java.text', 'java.util.concurrent.locks'];
  return [
    '-XX:+UseSerialGC',
    ...readJvmOptions(templates, 'spark').filter((option) => option.startsWith('--add-opens')),
    ...opened.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  ];
}
