import { renderEnvironment } from '../../settings/settings.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';
import type { Daemon } from './daemon.ts';
import type { LakePart } from './part.ts';

/** The server of the dashboard. */
export function dashboardPart(lake: LocalLake, { entry }: Pick<Caller, 'entry'>): LakePart {
  const { settings, layout } = lake;
  return {
    daemon: dashboardServer({
      entry,
      data: layout.data,
      settings: renderEnvironment(settings),
      folder: layout.temporary,
      log: layout.log('dashboard'),
      port: settings.ports.dashboard,
    }),
    ready: { probe: 'http', ...ownDashboard(lake) },
    // It needs none of the servers to answer. Once the topics exist the processor is freer than at the very start.
    needs: ['resident', 'topics', 'temporary-folder'],
    readsSpec: true,
  };
}

export interface DashboardServer {
  /** arguments of node that start this program */
  entry: string[];
  /** the lake's folder */
  data: string;
  /** environment variables that hold the settings */
  settings: Record<string, string>;
  /** where it starts; holds no settings file */
  folder: string;
  log: string;
  port: number;
}

/** What a server says that is this lake's dashboard. */
export interface OwnDashboard {
  /** that answers whose it is */
  url: string;
  /** the lake's folder */
  data?: string | undefined;
  lake?: string | undefined;
}

export function ownDashboard({ dashboard, layout, id }: LocalLake): OwnDashboard {
  return { url: `${dashboard}/api/alive`, data: layout.data, lake: id };
}

/** Whether the lake's own server answers. Never rejects. */
export async function isDashboardReady(own: OwnDashboard): Promise<boolean> {
  return (await askDashboard(own)) === 'own';
}

/** Whether the server of this lake answers, another one, or none. Asks without the credential: it says whose it is also when it refuses. Never rejects. */
export async function askDashboard({ url, data, lake }: OwnDashboard): Promise<'own' | 'foreign' | 'silent'> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const said = (await response.json()) as { data?: unknown; lake?: unknown } | null;
    const same = (expected: string | undefined, found: unknown) => expected === undefined || expected === found;
    if (response.status === 401) return lake !== undefined && said?.lake === lake ? 'own' : 'foreign';
    return response.ok && same(data, said?.data) && same(lake, said?.lake) ? 'own' : 'foreign';
  } catch (error) {
    return error instanceof SyntaxError ? 'foreign' : 'silent';
  }
}

/** Limit of node's heap in MiB. Results are streamed, and what is kept is bounded. */
const heapMiB = 128;

/** Its process is a part like the servers, so that it fails alone and is started again. */
export function dashboardServer(server: DashboardServer): Daemon {
  return {
    id: 'dashboard',
    title: 'dashboard',
    command: process.execPath,
    args: [`--max-old-space-size=${String(heapMiB)}`, ...server.entry, 'serve-dashboard', '--data', server.data],
    env: server.settings,
    cwd: server.folder,
    log: server.log,
    graceMs: 3000,
    ports: [server.port],
  };
}
