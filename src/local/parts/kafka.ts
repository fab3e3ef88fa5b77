import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalLake } from '../lake.ts';
import type { Broker } from '../../tools/broker.ts';
import type { Toolchain } from '../setup/preparation.ts';
import type { Daemon } from './daemon.ts';
import { kafkaConfigFile, renderKafkaConfig, type KafkaConfig } from './kafka-config.ts';
import { classPath, graceMs, javaCommand, jvmArgs, partEnv, type Jvm } from './jvm.ts';
import type { LakePart } from './part.ts';
import { jvmOf, type ArchiveMode } from './part-jvm.ts';

/** The broker of the lake. */
export function kafkaPart(lake: LocalLake, toolchain: Toolchain, mode: ArchiveMode): LakePart {
  const { settings, layout, declaredBroker: broker } = lake;
  const { templates, servers, jars } = toolchain;
  const server: KafkaServer = {
    jvm: jvmOf('kafka', lake, toolchain, mode),
    title: servers.kafka.title,
    jars: servers.kafka.jars,
    brokerJar: jars.path('Broker-1.0.jar'),
    templates,
    folder: layout.kafka,
    log: layout.log('kafka'),
    port: settings.ports.kafka,
    controllerPort: settings.ports.controller,
    syncedWithin: settings.durability.topics,
    clusterId: broker.clusterId,
    credential: layout.credential,
    access: settings.access.broker,
  };
  const template = readFileSync(join(templates, 'kafka', 'server.properties'), 'utf8');
  return {
    daemon: kafkaServer(server),
    files: [{ path: kafkaConfigFile(layout.kafka), text: renderKafkaConfig(template, server) }],
    ready: { probe: 'kafka', ...broker },
    // The spec looks whether the broker's storage is new, so it comes before the broker makes it.
    needs: ['resident', 'kafka-folder', 'temporary-folder', 'spec'],
  };
}

/** Whether the lake's own broker acknowledges. Its client is heavy, so it is loaded late. */
export async function isKafkaReady(broker: Broker): Promise<boolean> {
  return (await import('../../tools/kafka.ts')).acknowledges(broker);
}

export interface KafkaServer extends KafkaConfig {
  jvm: Jvm;
  /** such as `Kafka 4.4.0` */
  title: string;
  /** jars of the server, in a fixed order */
  jars: string[];
  /** path of Broker-1.0.jar */
  brokerJar: string;
  /** folder of the templates; the log configuration is read from there as it is */
  templates: string;
  log: string;
  /** that new storage gets; absent: a random one */
  clusterId?: string | undefined;
}

/** The first start formats the folder, in the same JVM. */
export function kafkaServer(server: KafkaServer): Daemon {
  const { jvm, folder } = server;
  return {
    id: 'kafka',
    title: server.title,
    command: javaCommand(jvm.javaHome),
    args: [
      ...jvmArgs(jvm),
      `-Dlog4j2.configurationFile=${join(server.templates, 'kafka/log4j2.properties')}`,
      ...['-cp', kafkaClassPath(server)],
      'io.cryptodm.broker.Broker',
      kafkaConfigFile(folder),
      ...(server.clusterId === undefined ? [] : [server.clusterId]),
    ],
    env: { ...partEnv },
    cwd: folder,
    log: server.log,
    graceMs: graceMs(20_000, jvm.archive),
    ports: [server.port, server.controllerPort],
  };
}

export function kafkaClassPath({ jars, brokerJar }: Pick<KafkaServer, 'jars' | 'brokerJar'>): string {
  return classPath([...jars, brokerJar]);
}
