import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../src/local/ports.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { endChild } from '../child-process.ts';
import { installTrino } from './trino-installation.ts';

export { trinoUnavailable } from './trino-installation.ts';

export interface TrinoOptions {
  /** endpoint of the emulated account, for catalog and buckets */
  endpoint: string;
  region: string;
  /** default: any free one. Account and Trino need each other's address at start, so choose the port before */
  port?: number;
}

/** An SQL engine in place of Athena: its catalog `awsdatacatalog` is the account's Glue. */
export interface Trino {
  url: string;
  /** its output so far */
  log: () => string;
  stop: () => Promise<void>;
}

const startsWithinMs = 180_000;

/** Starts Trino; downloads it the first time. Call `stop` at the end. @throws Error when `trinoUnavailable` gives a reason */
export async function startTrino(options: TrinoOptions): Promise<Trino> {
  const { jdk, folder: installation } = await installTrino();
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'cryptodm-trino-'));
  writeConfiguration(folder, installation, options, port);
  const logFile = join(folder, 'server.log');
  const log = openSync(logFile, 'w');
  const child = spawn(join(jdk.home, 'bin/java'), javaArguments(folder, installation), {
    cwd: folder,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...credentials(options) },
  });
  closeSync(log);
  const trino: Trino = {
    url: `http://127.0.0.1:${String(port)}`,
    log: () => readFileSync(logFile, 'utf8'),
    stop: async () => {
      await endChild(child, 20_000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await awaitReady(trino, child);
    return trino;
  } catch (error) {
    await trino.stop();
    throw error;
  }
}

function javaArguments(folder: string, installation: string): string[] {
  return [
    '-Xmx700m',
    '-Xms128m',
    // Trino accepts no other collector.
    '-XX:+UseG1GC',
    '-XX:TieredStopAtLevel=1',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djdk.attach.allowAttachSelf=true',
    '-XX:+EnableDynamicAgentLoading',
    '--add-modules=jdk.incubator.vector',
    '--enable-native-access=ALL-UNNAMED',
    '--sun-misc-unsafe-memory-access=allow',
    `-Dconfig=${join(folder, 'config.properties')}`,
    `-Dlog.levels-file=${join(folder, 'log.properties')}`,
    '-Dnode.environment=test',
    '-Dnode.id=athena',
    `-Dnode.data-dir=${join(folder, 'data')}`,
    '-cp',
    join(installation, 'lib', '*'),
    'io.trino.server.TrinoServer',
  ];
}

function writeConfiguration(folder: string, installation: string, options: TrinoOptions, port: number): void {
  const { id, secret } = keys;
  const catalogs = join(folder, 'catalog');
  mkdirSync(catalogs);
  const write = (path: string, properties: Record<string, string | number>) => {
    const lines = Object.entries(properties).map(([name, value]) => `${name}=${String(value)}\n`);
    writeFileSync(join(folder, path), lines.join(''));
  };
  write('config.properties', {
    coordinator: 'true',
    'node-scheduler.include-coordinator': 'true',
    'http-server.http.port': port,
    'discovery.uri': `http://127.0.0.1:${String(port)}`,
    'node.internal-address': '127.0.0.1',
    'plugin.dir': join(installation, 'plugin'),
    'catalog.config-dir': catalogs,
    'query.max-memory': '300MB',
    'query.max-memory-per-node': '300MB',
    'memory.heap-headroom-per-node': '150MB',
    'task.concurrency': 2,
    'task.max-worker-threads': 4,
    'query.min-expire-age': '10s',
  });
  write('log.properties', { 'io.trino': 'WARN', 'io.airlift': 'WARN' });
  // As in Athena, which allows any age: the table's properties set the minimum age of what is removed.
  write('catalog/awsdatacatalog.properties', {
    'connector.name': 'iceberg',
    'iceberg.catalog.type': 'glue',
    'iceberg.expire-snapshots.min-retention': '0s',
    'iceberg.remove-orphan-files.min-retention': '0s',
    'iceberg.allowed-extra-properties': '*',
    'hive.metastore.glue.region': options.region,
    'hive.metastore.glue.endpoint-url': options.endpoint,
    'hive.metastore.glue.aws-access-key': id,
    'hive.metastore.glue.aws-secret-key': secret,
    'fs.native-s3.enabled': 'true',
    's3.region': options.region,
    's3.endpoint': options.endpoint,
    's3.path-style-access': 'true',
    's3.aws-access-key': id,
    's3.aws-secret-key': secret,
  });
}

/** Keys that are valid in the emulated account only. */
const keys = { id: 'test', secret: 'test' };

function credentials({ region }: TrinoOptions): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: keys.id,
    AWS_SECRET_ACCESS_KEY: keys.secret,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

async function awaitReady(trino: Trino, child: ChildProcess): Promise<void> {
  const ready = await awaitAnswer(
    async () => {
      if (child.exitCode !== null || child.signalCode !== null) return false;
      try {
        const response = await fetch(`${trino.url}/v1/info`);
        const { starting } = (await response.json()) as { starting: boolean };
        return starting ? undefined : true;
      } catch {
        return undefined;
      }
    },
    { withinMs: startsWithinMs, everyMs: 200 },
  );
  if (ready !== true) throw new Error(`Trino did not start:\n${trino.log().slice(-3000)}`);
}
