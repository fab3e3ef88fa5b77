import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledIcons } from '../../lake/coins.ts';
import { archiveFor, type ArchivePart } from '../setup/archives.ts';
import { renderEnvironment } from '../../settings/settings.ts';
import type { LocalParts } from '../lake-steps.ts';
import type { LocalLake } from '../lake.ts';
import type { Daemon } from './daemon.ts';
import { elasticsearchServer } from './elasticsearch.ts';
import { dashboardServer } from './dashboard.ts';
import { defaultHeaps, readJvmOptions, type Jvm, type JvmArchive } from './jvm.ts';
import { kafkaConfigFile, kafkaServer, renderKafkaConfig } from './kafka.ts';
import { producerProcess, type History, type ProducerFlags, type ProducerId } from './producer.ts';
import { sparkJobs, sparkTask, type SparkJars, type SparkTask } from './spark.ts';
import type { Toolchain } from '../setup/preparation.ts';
import type { Caller } from '../../work.ts';

/** Whether processes use their class archives or write them. */
export type ArchiveMode = JvmArchive['mode'];

/** The JVM of a part, with its heap and its class archive. */
function jvmOf(part: ArchivePart, { settings, layout }: LocalLake, toolchain: Toolchain, mode: ArchiveMode): Jvm {
  const family = part === 'producer-quotes' || part === 'producer-trades' ? 'producer' : part;
  const most = settings.memory[family];
  return {
    javaHome: toolchain.jdk.home,
    options: readJvmOptions(toolchain.templates, family),
    heap: { initial: Math.min(defaultHeaps[family].initial, most), most },
    temporary: layout.temporary,
    archive: archiveFor(part, toolchain, settings.paths.cache, mode),
  };
}

/** The processes of a lake on this machine. */
export function localParts(
  lake: LocalLake,
  toolchain: Toolchain,
  { entry }: Pick<Caller, 'entry'>,
  mode: ArchiveMode = 'use',
): LocalParts {
  const { settings, layout } = lake;
  const jvm = (part: ArchivePart) => jvmOf(part, lake, toolchain, mode);
  const { templates, servers, jars } = toolchain;
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
      jars: sparkJars(toolchain),
      spec: layout.spec,
      folder: layout.temporary,
      log: layout.log('spark'),
    }),
    producers: (['quotes', 'trades'] as const).map((id) => localProducer(lake, toolchain, { id, mode })),
    dashboard: mode === 'train' ? undefined : dashboardServer(dashboard),
    createTables: localTask(lake, toolchain, 'io.cryptodm.local.Functions', [
      'create-tables',
      '--new-icons',
      JSON.stringify(bundledIcons()),
    ]),
  };
}

export interface ProducerStart {
  id: ProducerId;
  flags?: ProducerFlags;
  history?: History;
  /** in this terminal instead of the background */
  foreground?: boolean;
  mode?: ArchiveMode;
}

/** A producer of the lake, with its keys still missing from its environment. */
export function localProducer(
  lake: LocalLake,
  toolchain: Toolchain,
  { id, flags = {}, history, foreground = false, mode = 'use' }: ProducerStart,
): Daemon {
  const { layout, settings } = lake;
  const source = flags['source'] ?? settings.source;
  return producerProcess({
    id,
    jvm: jvmOf(`producer-${id}`, lake, toolchain, mode),
    jar: toolchain.jars.path(id === 'quotes' ? 'ProducerCrypto-1.0.jar' : 'ProducerTrader-1.0.jar'),
    spec: layout.spec,
    progressFile: foreground ? undefined : layout.producerProgress(id),
    flags,
    ...(history === undefined ? {} : { history }),
    ends: id === 'quotes' && source.startsWith('replay:'),
    folder: layout.temporary,
    log: layout.log(`producer-${id}`),
  });
}

/** A main that ends by itself, on the class path of the stream jobs. */
export function localTask(lake: LocalLake, toolchain: Toolchain, mainClass: SparkTask['mainClass'], args: string[]) {
  return sparkTask({
    jvm: jvmOf('spark', lake, toolchain, 'use'),
    jars: sparkJars(toolchain),
    spec: lake.layout.spec,
    mainClass,
    args,
  });
}

function sparkJars(toolchain: Toolchain): SparkJars {
  return { server: toolchain.servers.spark.jars, ours: toolchain.jars.spark };
}
