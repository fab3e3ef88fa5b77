import type { Daemon } from './daemon.ts';

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

/** Whether a server answers this address with success. Never rejects. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

/** Most of node's heap in MiB; results go through in pieces, and what is kept is bounded. */
const heapMiB = 128;

/** The dashboard: a part like the servers, so that its end is nobody else's and it is started again. */
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
