import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalLake } from '../lake.ts';
import type { Broker } from '../../tools/kafka.ts';
import type { Toolchain } from '../setup/preparation.ts';
import type { Daemon } from './daemon.ts';
import { classPath, graceMs, javaCommand, jvmArgs, partEnv, type Jvm } from './jvm.ts';
import type { LakePart } from './part.ts';
import { jvmOf, type ArchiveMode } from './part-jvm.ts';

/** The broker of the lake. */
export function kafkaPart(lake: LocalLake, toolchain: Toolchain, mode: ArchiveMode): LakePart {
  const { settings, layout, broker } = lake;
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

export interface KafkaServer {
  jvm: Jvm;
  /** such as `Kafka 4.4.0` */
  title: string;
  /** jars of the server, in a fixed order */
  jars: string[];
  /** path of Broker-1.0.jar */
  brokerJar: string;
  /** folder of the templates; the log configuration is read from there as it is */
  templates: string;
  /** the lake's folder for Kafka: `server.properties` and the topics' data */
  folder: string;
  log: string;
  port: number;
  controllerPort: number;
  /** seconds after which an acknowledged record is on the disk; 0: before it is acknowledged */
  syncedWithin: number;
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

export function kafkaConfigFile(folder: string): string {
  return join(folder, 'server.properties');
}

/** Text of `server.properties`, from `templates/kafka/server.properties`. It goes to `kafkaConfigFile(folder)`. */
export function renderKafkaConfig(
  template: string,
  {
    folder,
    port,
    controllerPort,
    syncedWithin,
  }: Pick<KafkaServer, 'folder' | 'port' | 'controllerPort' | 'syncedWithin'>,
): string {
  const values: Record<string, string> = {
    port: String(port),
    controllerPort: String(controllerPort),
    // The broker looks as often as a record may be old, so it is synced at twice that age.
    syncMs: String(syncedWithin === 0 ? 1000 : Math.max(1, Math.floor((syncedWithin * 1000) / 2))),
    // Of 64 bits, which stand for none.
    syncRecords: syncedWithin === 0 ? '1' : '9223372036854775807',
    logFolder: escape(join(folder, 'log')),
  };
  return template.replace(/\$\{(\w+)\}/g, (reference, name: string) => values[name] ?? reference);
}

/** A value of a properties file, which is read as Latin-1: a backslash begins an escape, and other letters are written as UTF-16 units. */
function escape(value: string): string {
  return value.replace(/\\|[^\x20-\x7e]/g, (sign) =>
    sign === '\\' ? '\\\\' : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
