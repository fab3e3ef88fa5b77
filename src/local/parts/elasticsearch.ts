import { join } from 'node:path';
import type { LocalLake } from '../lake.ts';
import type { KnownSearch } from '../../tools/search-identity.ts';
import type { Toolchain } from '../setup/preparation.ts';
import type { Daemon } from './daemon.ts';
import { graceMs, javaCommand, jvmArgs, textEnv, type Jvm } from './jvm.ts';
import type { LakePart } from './part.ts';
import { jvmOf, type ArchiveMode } from './part-jvm.ts';

/** The search node of the lake. */
export function elasticsearchPart(lake: LocalLake, toolchain: Toolchain, mode: ArchiveMode): LakePart {
  const { settings, layout, search } = lake;
  const { title, folder: home } = toolchain.servers.elasticsearch;
  return {
    daemon: elasticsearchServer({
      jvm: jvmOf('elasticsearch', lake, toolchain, mode),
      title,
      home,
      nodeJar: toolchain.jars.path('SearchNode-1.0.jar'),
      guardJar: toolchain.jars.path('SearchGuard-1.0.jar'),
      credential: settings.access.search === 'open' ? undefined : layout.credential,
      templates: toolchain.templates,
      folder: layout.elasticsearch,
      cluster: 'cryptodm',
      lake: search.lake,
      log: layout.log('elasticsearch'),
      port: settings.ports.elasticsearch,
    }),
    ready: { probe: 'elasticsearch', ...search },
    needs: ['resident', 'elasticsearch-folder', 'temporary-folder'],
  };
}

/** Whether the lake's own node takes writes. Its client is heavy, so it is loaded late. */
export async function isElasticsearchReady(search: KnownSearch): Promise<boolean> {
  return (await import('../../tools/elastic.ts')).acceptsWrites(search);
}

export interface ElasticsearchServer {
  jvm: Jvm;
  /** such as `Elasticsearch 8.19.21` */
  title: string;
  /** the server's folder in the cache, with `lib` and `modules`; only read */
  home: string;
  /** path of SearchNode-1.0.jar */
  nodeJar: string;
  /** path of SearchGuard-1.0.jar */
  guardJar: string;
  /** path of the file with the token that clients must bring; absent: it asks for none */
  credential?: string | undefined;
  /** folder of the templates: `elasticsearch` in it is the node's configuration folder, only read */
  templates: string;
  /** the lake's folder for Elasticsearch */
  folder: string;
  /** name of the cluster, for `GET /` */
  cluster: string;
  /** id of the lake, also for `GET /` */
  lake?: string | undefined;
  log: string;
  port: number;
}

/** The server's jars are named modules and find each other only on the module path; our main class is on the class path. */
export function elasticsearchServer(server: ElasticsearchServer): Daemon {
  const { jvm, folder } = server;
  return {
    id: 'elasticsearch',
    title: server.title,
    command: javaCommand(jvm.javaHome),
    args: [
      ...jvmArgs(jvm),
      ...['--module-path', join(server.home, 'lib')],
      ...['--add-modules', 'org.elasticsearch.server,ALL-MODULE-PATH'],
      ...['-cp', server.nodeJar],
      'io.cryptodm.search.SearchNode',
      ...['--home', server.home],
      ...['--config', join(server.templates, 'elasticsearch')],
      ...['--data', join(folder, 'data')],
      ...['--logs', join(folder, 'logs')],
      ...['--guard', server.guardJar],
      ...['--transport', join(folder, 'transport')],
      ...['--port', String(server.port)],
      ...['--cluster', server.cluster],
      ...(server.lake === undefined ? [] : ['--lake', server.lake]),
      ...(server.credential === undefined ? [] : ['--credential', server.credential]),
    ],
    env: { ...textEnv },
    cwd: folder,
    log: server.log,
    graceMs: graceMs(15_000, jvm.archive),
    ports: [server.port],
  };
}
