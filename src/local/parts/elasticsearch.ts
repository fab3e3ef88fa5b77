import { join } from 'node:path';
import type { Daemon } from './daemon.ts';
import { graceMs, javaCommand, jvmArgs, type Jvm } from './jvm.ts';

export interface ElasticsearchServer {
  jvm: Jvm;
  /** such as `Elasticsearch 8.19.21` */
  title: string;
  /** the server's folder in the cache, with `lib` and `modules`; only read */
  home: string;
  /** path of SearchNode-1.0.jar */
  nodeJar: string;
  /** folder of the templates: `elasticsearch` in it is the node's configuration folder, only read */
  templates: string;
  /** the lake's folder for Elasticsearch */
  folder: string;
  /** name of the cluster, for `GET /` */
  cluster: string;
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
      ...['--port', String(server.port)],
      ...['--cluster', server.cluster],
    ],
    env: {},
    cwd: folder,
    log: server.log,
    graceMs: graceMs(15_000, jvm.archive),
    ports: [server.port],
  };
}
