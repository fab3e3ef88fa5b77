import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { trainedArchive, usedArchive, type ArchiveSubject } from '../setup/archives.ts';
import type { Settings } from '../settings/schema.ts';
import type { LocalParts } from '../targets/local.ts';
import type { Layout } from '../targets/layout.ts';
import { elasticsearchServer } from '../tools/elasticsearch-server.ts';
import { readJvmOptions, type Jvm, type JvmArchive, type JvmPart } from '../tools/jvm.ts';
import { kafkaConfigFile, kafkaServer, renderKafkaConfig } from '../tools/kafka-server.ts';
import { producerProcess, type ProducerId } from '../tools/producer-process.ts';
import { sparkJobs, sparkTask, type SparkJars, type SparkTask } from '../tools/spark-process.ts';
import type { Kit } from './prepare.ts';

/** Whether processes use their class archives or write them. */
export type ArchiveMode = JvmArchive['mode'];

type Part = ArchiveSubject['part'];

/** What the class archive of each part depends on. */
export function archiveSubjects(kit: Kit): ArchiveSubject[] {
  const { jdk, servers, jars, templates } = kit;
  const subject = (part: Part, options: JvmPart, classPath: string[]) => ({
    part,
    jdk,
    jars: classPath,
    options: readJvmOptions(templates, options),
  });
  return [
    subject('kafka', 'kafka', [...servers.kafka.jars, jars.paths['Broker-1.0']]),
    subject('elasticsearch', 'elasticsearch', [...servers.elasticsearch.jars, jars.paths['SearchNode-1.0']]),
    subject('spark', 'spark', [...servers.spark.jars, ...jars.spark]),
    subject('producer-quotes', 'producer', [jars.paths['ProducerCrypto-1.0']]),
    subject('producer-trades', 'producer', [jars.paths['ProducerTrader-1.0']]),
  ];
}

const initialHeaps: Record<JvmPart, number> = { kafka: 96, elasticsearch: 96, spark: 256, producer: 16 };

/** The JVM of a part, with its heap and its class archive. */
function jvmOf(part: Part, kit: Kit, settings: Settings, layout: Layout, mode: ArchiveMode): Jvm {
  const family = part === 'producer-quotes' || part === 'producer-trades' ? 'producer' : part;
  const subject = archiveSubjects(kit).find((candidate) => candidate.part === part);
  if (subject === undefined) throw new Error(`no archive is declared for ${part}`);
  const most = settings.memory[family];
  const { cache } = settings.paths;
  return {
    javaHome: kit.jdk.home,
    options: subject.options,
    heap: { initial: Math.min(initialHeaps[family], most), most },
    temporary: layout.temporary,
    archive: mode === 'train' ? trainedArchive(cache, subject) : usedArchive(cache, subject),
  };
}

/** The processes of a lake on this machine. */
export function localParts(kit: Kit, settings: Settings, layout: Layout, mode: ArchiveMode = 'use'): LocalParts {
  const jvm = (part: Part) => jvmOf(part, kit, settings, layout, mode);
  const { templates, servers, jars } = kit;
  const kafka = {
    jvm: jvm('kafka'),
    title: servers.kafka.title,
    jars: servers.kafka.jars,
    brokerJar: jars.paths['Broker-1.0'],
    templates,
    folder: layout.kafka,
    log: layout.log('kafka'),
    port: settings.ports.kafka,
    controllerPort: settings.ports.controller,
  };
  const { title, folder: home } = servers.elasticsearch;
  return {
    kafka: kafkaServer(kafka),
    kafkaConfig: {
      path: kafkaConfigFile(layout.kafka),
      text: renderKafkaConfig(readFileSync(join(templates, 'kafka', 'server.properties'), 'utf8'), kafka),
    },
    elasticsearch: elasticsearchServer({
      jvm: jvm('elasticsearch'),
      title,
      home,
      nodeJar: jars.paths['SearchNode-1.0'],
      templates,
      folder: layout.elasticsearch,
      cluster: 'cryptodm',
      log: layout.log('elasticsearch'),
      port: settings.ports.elasticsearch,
    }),
    spark: sparkJobs({
      jvm: jvm('spark'),
      title: servers.spark.title,
      jars: sparkJars(kit),
      spec: layout.spec,
      folder: layout.temporary,
      log: layout.log('spark'),
    }),
    producers: (['quotes', 'trades'] as const).map((id) => localProducer(id, kit, settings, layout, [], mode)),
    createTables: localTask(kit, settings, layout, 'io.cryptodm.local.Functions', ['create-tables']),
  };
}

export function localProducer(
  id: ProducerId,
  kit: Kit,
  settings: Settings,
  layout: Layout,
  args: string[],
  mode: ArchiveMode = 'use',
) {
  return producerProcess({
    id,
    jvm: jvmOf(`producer-${id}`, kit, settings, layout, mode),
    jar: kit.jars.paths[id === 'quotes' ? 'ProducerCrypto-1.0' : 'ProducerTrader-1.0'],
    spec: layout.spec,
    progressFile: layout.producerProgress(id),
    args,
    folder: layout.temporary,
    log: layout.log(`producer-${id}`),
  });
}

/** A main that ends by itself, on the class path of the stream jobs. */
export function localTask(
  kit: Kit,
  settings: Settings,
  layout: Layout,
  mainClass: SparkTask['mainClass'],
  args: string[],
) {
  return sparkTask({
    jvm: jvmOf('spark', kit, settings, layout, 'use'),
    jars: sparkJars(kit),
    spec: layout.spec,
    mainClass,
    args,
  });
}

function sparkJars(kit: Kit): SparkJars {
  return { server: kit.servers.spark.jars, ours: kit.jars.spark };
}
