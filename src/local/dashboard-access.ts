import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Fault } from '../errors.ts';
import type { Settings } from '../settings/schema.ts';
import { SupervisorClient } from './supervisor/client.ts';
import { dashboardAddress } from './lake-steps.ts';
import { answers } from './parts/dashboard.ts';
import { isAlive } from '../tools/process-identity.ts';
import { awaitAnswer } from '../tools/waiting.ts';

/** One that has just been started again answers within this time. */
const answersWithinMs = 5000;

/** Address of the lake's dashboard once it answers. @throws Fault of kind `part` when the lake is not up, or its dashboard is not */
export async function findDashboard(settings: Settings): Promise<string> {
  const { data } = settings.paths;
  const parts = await new SupervisorClient(data).parts();
  const living = parts.filter(({ process }) => process !== undefined && isAlive(process));
  if (living.length === 0) {
    throw new Fault('part', `no lake is up in ${data}`, { where: data, next: 'Run "cryptodm up" first.' });
  }
  const url = dashboardAddress(settings);
  const found = await awaitAnswer(async () => ((await answers(`${url}/api/alive`)) ? url : undefined), {
    withinMs: answersWithinMs,
  });
  if (found !== undefined) return found;
  throw new Fault('part', 'the dashboard does not answer', {
    where: url,
    next: 'See "cryptodm logs dashboard", or run "cryptodm up" again.',
  });
}

/** Hands an address to the desktop's browser. False where there is none. */
export function openBrowser(url: string, env: NodeJS.ProcessEnv, platform = process.platform): boolean {
  const opener = openerOf(env, platform);
  if (opener === undefined) return false;
  const [command, ...args] = opener;
  const child = spawn(command, [...args, url], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
  return true;
}

/** What opens an address on this desktop; undefined on a machine without one. */
export function openerOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  const screen = [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((given) => given !== undefined && given !== '');
  return screen && isOnPath('xdg-open', env) ? ['xdg-open'] : undefined;
}

function isOnPath(name: string, env: NodeJS.ProcessEnv): boolean {
  return (env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
