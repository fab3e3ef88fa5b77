import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledIcons } from '../../lake/coins.ts';
import { archiveFor, type ArchivePart } from '../setup/archives.ts';
import type { Settings } from '../../settings/schema.ts';
import { renderEnvironment } from '../../settings/settings.ts';
import type { LocalParts } from '../lake-steps.ts';
import type { Layout } from '../layout.ts';
import { elasticsearchServer } from './elasticsearch.ts';
import { dashboardServer } from './dashboard.ts';
import { defaultHeaps, readJvmOptions, type Jvm, type JvmArchive } from './jvm.ts';
import { kafkaConfigFile, kafkaServer, renderKafkaConfig } from './kafka.ts';
import { producerProcess, type ProducerId } from './producer.ts';
import { sparkJobs, sparkTask, type SparkJars, type SparkTask } from './spark.ts';
import type { Kit } from '../setup/preparation.ts';
import type { Work } from '../../work.ts';

/** Whether processes use their class archives or write them. */
export type ArchiveMode = JvmArchive['mode'];

/** The JVM of a part, with its heap and its class archive. */
function jvmOf(part: ArchivePart, kit: Kit, settings: Settings, layout: Layout, mode: ArchiveMode): Jvm {
  const family = part === 'producer-quotes' || part === 'producer-trades' ? 'producer' : part;
  const most = settings.memory[family];
  return {
    javaHome: kit.jdk.home,
    options: readJvmOptions(kit.templates, family),
    heap: { initial: Math.min(defaultHeaps[family].initial, most), most },
    temporary: layout.temporary,
    archive: archiveFor(part, kit, settings.paths.cache, mode),
  };
}

/** The processes of a lake on this machine. */
export function localParts(
  kit: Kit,
  { settings, entry }: Pick<Work, 'settings' | 'entry'>,
  layout: Layout,
  mode: ArchiveMode = 'use',
): LocalParts {
  const jvm = (part: ArchivePart) => jvmOf(part, kit, settings, layout, mode);
  const { templates, servers, jars } = kit;
  const kafka = {
    jvm: jvm('kafka'),
    title: servers.kafka.title,
    jars: servers.kafka.jars,
    brokerJar: jars.path('Broker-1.0.jar'),
    templates,
    folder: layout.kafka,
    log: layout.log('kafka'),
    port: settings.ports.kafka,
    controllerPort: settings.ports.controller,
  };
  const dashboard = {
    entry,
    data: layout.data,
    settings: renderEnvironment(settings),
    folder: layout.temporary,
    log: layout.log('dashboard'),
    port: settings.ports.dashboard,
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
      nodeJar: jars.path('SearchNode-1.0.jar'),
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
    dashboard: mode === 'train' ? undefined : dashboardServer(dashboard),
    createTables: localTask(kit, settings, layout, 'io.cryptodm.local.Functions', [
      'create-tables',
      '--new-icons',
      JSON.stringify(bundledIcons()),
    ]),
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
  const replays = [settings.source, ...args].some((arg) => arg.startsWith('replay:'));
  const daemon = producerProcess({
    id,
    jvm: jvmOf(`producer-${id}`, kit, settings, layout, mode),
    jar: kit.jars.path(id === 'quotes' ? 'ProducerCrypto-1.0.jar' : 'ProducerTrader-1.0.jar'),
    spec: layout.spec,
    progressFile: layout.producerProgress(id),
    args,
    folder: layout.temporary,
    log: layout.log(`producer-${id}`),
  });
  return id === 'quotes' && replays ? { ...daemon, ends: true } : daemon;
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
