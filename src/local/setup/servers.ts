import { createHash } from 'node:crypto';
import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { Fault } from '../../errors.ts';
import { isComplete, listFiles, publishFolder } from '../../toolchain/cache.ts';
import type { OnSetupEvent } from '../../toolchain/events.ts';
import { readLock, requireLocked } from '../../toolchain/artifact-lock.ts';
import { classpathGoal, readDownload, runMaven, throwIfInterrupted, type BuildTools } from '../../toolchain/maven.ts';

export const serverIds = ['kafka', 'elasticsearch', 'spark'] as const;
export type ServerId = (typeof serverIds)[number];

/** A server's jars in the cache. */
export interface Server {
  id: ServerId;
  /** for people, such as `Kafka 4.4.0` */
  title: string;
  version: string;
  /** for Elasticsearch this is its home folder */
  folder: string;
  /** the class path (Elasticsearch: module path) in a fixed order */
  jars: string[];
}

export interface ServerSources {
  /** folder of the package: holds `jars/pom.xml` and `jars/servers/<id>/pom.xml` */
  packageFolder: string;
  cache: string;
  /** folder that has the jars already, in the layout of a Maven repository; undefined: Maven fetches them */
  artifacts?: string | undefined;
}

const names: Record<ServerId, { title: string; property: string }> = {
  kafka: { title: 'Kafka', property: 'kafka.version' },
  elasticsearch: { title: 'Elasticsearch', property: 'elasticsearch.version' },
  spark: { title: 'Spark', property: 'spark.version' },
};

/** Raise it when `copyJars` below changes, so that folders of an older shape are not taken for new ones. */
const layoutVersion = 1;

/** Where each server belongs, and whether it is there whole. A few milliseconds. */
export function readServers(sources: ServerSources): Record<ServerId, Server & { ready: boolean }> {
  const versions = readProperties(readFileSync(join(sources.packageFolder, 'jars/pom.xml'), 'utf8'));
  const read = (id: ServerId) => {
    const plan = planServer(id, sources, versions);
    return { ...describe(plan), ready: isComplete(plan.folder) };
  };
  return { kafka: read('kafka'), elasticsearch: read('elasticsearch'), spark: read('spark') };
}

/**
 * Makes sure that all servers are in the cache. What is missing or truncated is taken from `artifacts` or fetched in one Maven run; what Maven already
 * has in its local repository is not downloaded again, so an aborted run goes on where it stopped.
 *
 * @throws Fault of kind `outside` when a download fails, `environment` when the cache can't be written or `artifacts` lacks a jar
 */
export async function fetchServers(
  sources: ServerSources,
  toolchain: () => Promise<BuildTools>,
  onEvent: OnSetupEvent,
  signal?: AbortSignal,
): Promise<Record<ServerId, Server>> {
  const found = readServers(sources);
  const missing = serverIds.filter((id) => !found[id].ready);
  if (missing.length === 0) return found;

  const started = Date.now();
  const titles = missing.map((id) => found[id].title).join(', ');
  onEvent({ kind: 'started', what: 'servers', detail: titles });
  const versions = readProperties(readFileSync(join(sources.packageFolder, 'jars/pom.xml'), 'utf8'));
  const plans = missing.map((id) => planServer(id, sources, versions));
  const resolved =
    sources.artifacts === undefined
      ? await resolveJars(plans, versions, sources, await toolchain(), onEvent, signal)
      : findJars(plans, sources.packageFolder, sources.artifacts);
  const lock = readLock(sources.packageFolder);
  for (const plan of plans) {
    throwIfInterrupted(signal);
    onEvent({ kind: 'progress', what: 'servers', detail: `laying out ${plan.title}` });
    const jars = resolved[plan.id] ?? [];
    await requireLocked(lock, jars);
    await publishFolder(plan.folder, async (temporary) => copyJars(plan.id, jars, temporary));
  }
  const ready = readServers(sources);
  const bytes = missing.flatMap((id) => ready[id].jars).reduce((sum, jar) => sum + statSync(jar).size, 0);
  onEvent({ kind: 'done', what: 'servers', detail: titles, seconds: (Date.now() - started) / 1000, bytes });
  return ready;
}

interface Plan {
  id: ServerId;
  title: string;
  version: string;
  folder: string;
  megabytes: number;
}

function planServer(id: ServerId, { packageFolder, cache }: ServerSources, versions: Record<string, string>): Plan {
  const pom = readFileSync(join(packageFolder, 'jars/servers', id, 'pom.xml'), 'utf8');
  const filled = pom.replace(/\$\{([\w.]+)\}/g, (reference, name: string) => versions[name] ?? reference);
  const hash = createHash('sha256').update(`${layoutVersion}\n${filled}`).digest('hex').slice(0, 12);
  const version = versions[names[id].property] ?? '';
  return {
    id,
    title: `${names[id].title} ${version}`,
    version,
    folder: join(cache, 'servers', `${id}-${version}-${hash}`),
    megabytes: Number(readProperties(pom)['fetch.megabytes'] ?? 0),
  };
}

function describe({ id, title, version, folder }: Plan): Server {
  const jars = listFiles(folder).filter((path) => path.startsWith('lib/') && path.endsWith('.jar'));
  return { id, title, version, folder, jars: jars.map((path) => join(folder, path)) };
}

/** The jars of each server in Maven's local repository, whatever the lock says of them. */
export async function listServerJars(
  sources: ServerSources,
  tools: BuildTools,
): Promise<Partial<Record<ServerId, string[]>>> {
  const versions = readProperties(readFileSync(join(sources.packageFolder, 'jars/pom.xml'), 'utf8'));
  const plans = serverIds.map((id) => planServer(id, sources, versions));
  return resolveJars(plans, versions, sources, tools, () => undefined);
}

/** What each server consists of: a line is `SERVER  PATH` in a Maven repository. `npm run artifacts` writes it. */
export function serverLockFile(packageFolder: string): string {
  return join(packageFolder, 'jars/servers.lock');
}

/** @returns paths in the folder, by server */
function findJars(plans: Plan[], packageFolder: string, artifacts: string): Partial<Record<ServerId, string[]>> {
  const lines = readFileSync(serverLockFile(packageFolder), 'utf8').split('\n');
  const jarsOf = (id: ServerId) =>
    lines.flatMap((line) => (line.startsWith(`${id}  `) ? [join(artifacts, line.slice(id.length + 2))] : []));
  const found = Object.fromEntries(plans.map(({ id }) => [id, jarsOf(id)]));
  const missing = Object.values(found)
    .flat()
    .filter((jar) => !existsSync(jar));
  if (missing.length > 0) {
    throw new Fault('environment', `${String(missing.length)} jars are missing in the folder of "paths.artifacts"`, {
      where: missing[0] ?? artifacts,
      next: 'Copy ~/.m2/repository from a machine on which this version has been set up, or remove the setting.',
      facts: { missing },
    });
  }
  return found;
}

/** Simple `<name>value</name>` lines of a pom's properties. */
export function readProperties(pom: string): Record<string, string> {
  const block = /<properties>(.*?)<\/properties>/s.exec(pom)?.[1] ?? '';
  return Object.fromEntries(
    [...block.matchAll(/<([\w.]+)>([^<]*)<\/\1>/g)].map(([, name, value]) => [name ?? '', value ?? '']),
  );
}

/** @returns paths in Maven's local repository, by server */
async function resolveJars(
  plans: Plan[],
  versions: Record<string, string>,
  { packageFolder, cache }: ServerSources,
  { jdk, maven }: BuildTools,
  onEvent: OnSetupEvent,
  signal?: AbortSignal,
): Promise<Partial<Record<ServerId, string[]>>> {
  const totalBytes = plans.reduce((sum, plan) => sum + plan.megabytes * 1e6, 0);
  let bytes = 0;
  const lists = mkdtempSync(join(tmpdir(), 'cryptodm-servers-'));
  try {
    await runMaven(maven, {
      jdk,
      task: `Fetching ${plans.map(({ title }) => title).join(', ')}`,
      args: [
        ...['--file', join(packageFolder, 'jars/servers/pom.xml'), '--projects', plans.map(({ id }) => id).join(',')],
        ...['--threads', String(plans.length), classpathGoal],
        `-Dmdep.outputFile=${join(lists, '${project.artifactId}')}`,
        ...Object.entries(versions).flatMap(([name, value]) =>
          name.endsWith('.version') ? [`-D${name}=${value}`] : [],
        ),
      ],
      cwd: lists,
      log: join(cache, 'logs', `servers-${process.pid}.log`),
      onLine: (line) => {
        const download = readDownload(line);
        if (download === undefined || !download.file.endsWith('.jar')) return;
        bytes += download.bytes;
        onEvent({
          kind: 'progress',
          what: 'servers',
          detail: download.file,
          bytes,
          totalBytes: Math.max(bytes, totalBytes),
        });
      },
      signal,
    });
    const read = ({ id }: Plan) => readFileSync(join(lists, id), 'utf8').trim().split(delimiter);
    return Object.fromEntries(plans.map((plan) => [plan.id, read(plan)]));
  } finally {
    rmSync(lists, { recursive: true, force: true });
  }
}

async function copyJars(id: ServerId, jars: string[], folder: string): Promise<void> {
  mkdirSync(join(folder, 'lib'));
  // A clone where the file system can, so that it costs no room.
  for (const jar of jars) copyFileSync(jar, join(folder, 'lib', basename(jar)), constants.COPYFILE_FICLONE);
  if (id === 'elasticsearch') await copyTransport(jars, folder);
}

/** Elasticsearch loads its transport from a module folder with a descriptor, which the jar brings along. */
async function copyTransport(jars: string[], folder: string): Promise<void> {
  const module = 'transport-netty4';
  const target = join(folder, 'modules', module);
  mkdirSync(target, { recursive: true });
  const own = jars.filter((jar) => /[/\\]io[/\\]netty[/\\]/.test(jar) || basename(jar).startsWith(`${module}-`));
  for (const jar of own) {
    copyFileSync(jar, join(target, basename(jar)), constants.COPYFILE_FICLONE);
    rmSync(join(folder, 'lib', basename(jar)));
  }
  const descriptor = 'plugin-descriptor.properties';
  // Loaded only here: commands that find the servers in the cache do without.
  const { readZipEntry } = await import('../../toolchain/zip.ts');
  const jar = own.find((path) => basename(path).startsWith(`${module}-`)) ?? '';
  writeFileSync(
    join(target, descriptor),
    readZipEntry(jar, (name) => name.endsWith(`/${module}/${descriptor}`)),
  );
}
