import { renderEnvironment } from '../../settings/settings.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';
import type { Daemon } from './daemon.ts';
import type { LakePart } from './part.ts';

/** The server of the dashboard. */
export function dashboardPart({ settings, layout, dashboard }: LocalLake, { entry }: Pick<Caller, 'entry'>): LakePart {
  return {
    daemon: dashboardServer({
      entry,
      data: layout.data,
      settings: renderEnvironment(settings),
      folder: layout.temporary,
      log: layout.log('dashboard'),
      port: settings.ports.dashboard,
    }),
    ready: { probe: 'http', url: `${dashboard}/api/alive` },
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

/** Whether the server answers this URL with success. Never rejects. */
export async function isDashboardReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
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
