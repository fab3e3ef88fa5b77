import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { buildJars } from '../../../src/toolchain/jars.ts';
import { findJdk } from '../../../src/toolchain/jdk.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { findMaven } from '../../../src/toolchain/maven.ts';
import { fetchServers } from '../../../src/local/setup/servers.ts';
import { acceptsWrites } from '../../../src/tools/elastic.ts';
import { elasticsearchServer } from '../../../src/local/parts/elasticsearch.ts';
import { defaultHeaps, readJvmOptions } from '../../../src/local/parts/jvm.ts';
import { freePort } from '../../../src/local/ports.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';

/** An Elasticsearch in place of the user's own cluster. */
export interface SearchCluster {
  url: string;
  stop: () => Promise<void>;
}

/** Starts one node on loopback. Call `stop` at the end. */
export async function startSearch(): Promise<SearchCluster> {
  const machine = thisMachine(process.env);
  const sources = { packageFolder: process.cwd(), cache: cacheFolder(machine) };
  const jdk = findJdk(machine);
  const toolchain = async () => ({ jdk, maven: await findMaven(machine, jdk) });
  const jars = await buildJars(sources, toolchain, () => undefined);
  const { elasticsearch } = await fetchServers(sources, toolchain, () => undefined);
  const root = mkdtempSync(join(tmpdir(), 'cryptodm-search-'));
  const folder = join(root, 'elasticsearch');
  for (const name of ['data', 'logs']) mkdirSync(join(folder, name), { recursive: true });
  const port = await freePort();
  const templates = join(process.cwd(), 'templates');
  const options = readJvmOptions(templates, 'elasticsearch');
  const daemon = elasticsearchServer({
    jvm: { javaHome: jdk.home, options, heap: defaultHeaps.elasticsearch, temporary: root },
    title: 'Elasticsearch',
    home: elasticsearch.folder,
    nodeJar: jars.path('SearchNode-1.0.jar'),
    guardJar: jars.path('SearchGuard-1.0.jar'),
    templates,
    folder,
    cluster: 'acme',
    log: join(root, 'log'),
    port,
  });
  const log = openSync(daemon.log, 'a');
  const child = spawn(daemon.command, daemon.args, { cwd: daemon.cwd, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${String(port)}`;
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(root, { recursive: true, force: true });
  };
  const up = await awaitAnswer(async () => ((await acceptsWrites({ url })) ? true : undefined), {
    withinMs: 120_000,
    everyMs: 250,
  });
  if (up === undefined) {
    const said = readFileSync(daemon.log, 'utf8').slice(-2000);
    await stop();
    throw new Error(`Elasticsearch did not answer: ${said}`);
  }
  return { url, stop };
}
