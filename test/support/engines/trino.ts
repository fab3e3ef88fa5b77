import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../src/local/ports.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { endChild } from '../child-process.ts';
import { installTrino } from './trino-installation.ts';

export { trinoUnavailable } from './trino-installation.ts';

/** A catalog that Trino reads and writes. */
export interface TrinoCatalog {
  /** first part of the names of its tables */
  name: string;
  /** the text of its file of properties */
  properties: string;
  /** variables of the environment that the properties name, or the catalog needs */
  env: Record<string, string>;
}

/** An SQL engine with one catalog. */
export interface Trino {
  url: string;
  /** The rows that a statement gives, decimals as text. @throws Error with Trino's message */
  query: (sql: string) => Promise<unknown[][]>;
  /** its output so far */
  log: () => string;
  stop: () => Promise<void>;
}

const startsWithinMs = 180_000;

/**
 * Starts Trino; downloads it the first time. Call `stop` at the end.
 * @param chosen its port; any free one when absent. Where the catalog needs the engine's address, choose it before
 * @throws Error when `trinoUnavailable` gives a reason
 */
export async function startTrino(catalog: TrinoCatalog, chosen?: number): Promise<Trino> {
  const { jdk, folder: installation } = await installTrino();
  const port = chosen ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'cryptodm-trino-'));
  writeConfiguration(folder, installation, catalog, port);
  const logFile = join(folder, 'server.log');
  const log = openSync(logFile, 'w');
  const child = spawn(join(jdk.home, 'bin/java'), javaArguments(folder, installation), {
    cwd: folder,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...catalog.env },
  });
  closeSync(log);
  const url = `http://127.0.0.1:${String(port)}`;
  const trino: Trino = {
    url,
    query: async (sql) => {
      // On a busy machine a node may miss its own announcements for half a minute.
      const rows = await awaitAnswer(() => ask(url, sql), { withinMs: 60_000, everyMs: 500 });
      if (rows === undefined) throw new Error('Trino has no node');
      return rows;
    },
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
    '-Dnode.id=trino',
    `-Dnode.data-dir=${join(folder, 'data')}`,
    '-cp',
    join(installation, 'lib', '*'),
    'io.trino.server.TrinoServer',
  ];
}

function writeConfiguration(folder: string, installation: string, catalog: TrinoCatalog, port: number): void {
  const catalogs = join(folder, 'catalog');
  mkdirSync(catalogs);
  const write = (path: string, properties: Record<string, string | number>) => {
    writeFileSync(join(folder, path), renderProperties(properties));
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
  writeFileSync(join(catalogs, `${catalog.name}.properties`), catalog.properties);
}

/** The text of a file of properties. */
export function renderProperties(properties: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${String(value)}\n`);
  return lines.join('');
}

interface TrinoAnswer {
  data?: unknown[][];
  nextUri?: string;
  error?: { errorName: string; message: string };
}

/** By the REST protocol: https://trino.io/docs/current/develop/client-protocol.html. @returns undefined while there is no node */
async function ask(url: string, sql: string): Promise<unknown[][] | undefined> {
  const headers = { 'x-trino-user': 'test', 'x-trino-time-zone': 'UTC' };
  const rows: unknown[][] = [];
  let answer = await answerOf(`${url}/v1/statement`, { method: 'POST', headers, body: sql });
  for (;;) {
    if (answer.error?.errorName === 'NO_NODES_AVAILABLE') return undefined;
    if (answer.error !== undefined) throw new Error(`${answer.error.errorName}: ${answer.error.message}`);
    rows.push(...(answer.data ?? []));
    if (answer.nextUri === undefined) return rows;
    answer = await answerOf(answer.nextUri, { headers });
  }
}

/** The protocol asks clients to try again after these. */
const busy = [502, 503, 504];

async function answerOf(url: string, init: RequestInit): Promise<TrinoAnswer> {
  const answer = await awaitAnswer(
    async () => {
      const response = await fetch(url, init);
      if (busy.includes(response.status)) return undefined;
      if (!response.ok) throw new Error(`${String(response.status)}: ${await response.text()}`);
      return (await response.json()) as TrinoAnswer;
    },
    { withinMs: 60_000, everyMs: 100 },
  );
  if (answer === undefined) throw new Error('Trino stays busy');
  return answer;
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
