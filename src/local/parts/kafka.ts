import { join } from 'node:path';
import type { Daemon } from './daemon.ts';
import { classPath, graceMs, javaCommand, jvmArgs, type Jvm } from './jvm.ts';

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
}

/** The first start formats the folder and draws the cluster id, in the same JVM. */
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
    ],
    env: {},
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
  { folder, port, controllerPort }: Pick<KafkaServer, 'folder' | 'port' | 'controllerPort'>,
): string {
  const values: Record<string, string> = {
    port: String(port),
    controllerPort: String(controllerPort),
    // A backslash begins an escape in a properties file.
    logFolder: join(folder, 'log').replaceAll('\\', '\\\\'),
  };
  return template.replace(/\$\{(\w+)\}/g, (reference, name: string) => values[name] ?? reference);
}
