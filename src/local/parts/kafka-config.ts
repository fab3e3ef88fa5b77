import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../settings/schema.ts';

/** What the configuration of a broker depends on. */
export interface KafkaConfig {
  /** the lake's folder for Kafka: `server.properties` and the topics' data */
  folder: string;
  port: number;
  controllerPort: number;
  /** seconds after which an acknowledged record is on the disk; 0: before it is acknowledged */
  syncedWithin: number;
  /** file with the lake's credential */
  credential: string;
  /** whether clients must sign in with it; the controller always asks */
  access: Settings['access']['broker'];
}

/** As the configuration names a listener that asks for no login. */
const openProtocol = 'PLAINTEXT';

/** Whether the broker asks its clients to sign in, by the configuration that it was last started with; undefined before its first start. */
export function asksForCredential(folder: string): boolean | undefined {
  try {
    const protocol = /^listener\.security\.protocol\.map=BROKER:(\w+)/m.exec(
      readFileSync(kafkaConfigFile(folder), 'utf8'),
    );
    return protocol?.[1] === undefined ? undefined : protocol[1] !== openProtocol;
  } catch {
    return undefined;
  }
}

export function kafkaConfigFile(folder: string): string {
  return join(folder, 'server.properties');
}

/** Text of `server.properties`, from `templates/kafka/server.properties`. It goes to `kafkaConfigFile(folder)`. */
export function renderKafkaConfig(
  template: string,
  { folder, port, controllerPort, syncedWithin, credential, access }: KafkaConfig,
): string {
  const values: Record<string, string> = {
    port: String(port),
    controllerPort: String(controllerPort),
    // A record waits for both times and then for the disk, which has the rest.
    syncMs: milliseconds((syncedWithin || 2) / 2),
    lookMs: milliseconds((syncedWithin || 2) / 10),
    // Of 64 bits, which stand for none.
    syncRecords: syncedWithin === 0 ? '1' : '9223372036854775807',
    logFolder: escape(join(folder, 'log')),
    credential: escape(credential),
    access,
    protocol: access === 'open' ? openProtocol : 'SASL_PLAINTEXT',
  };
  return template.replace(/\$\{(\w+)\}/g, (reference, name: string) => values[name] ?? reference);
}

function milliseconds(seconds: number): string {
  return String(Math.max(1, Math.floor(seconds * 1000)));
}

/** A value of a properties file, which is read as Latin-1: a backslash begins an escape, and other letters are written as UTF-16 units. */
function escape(value: string): string {
  return value.replace(/\\|[^\x20-\x7e]/g, (sign) =>
    sign === '\\' ? '\\\\' : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
