import { spawn } from 'node:child_process';
import { findOnPath } from '../tools/path-search.ts';

/** Opens an address in the desktop's browser. False where there is none. */
export function openBrowser(url: string, env: NodeJS.ProcessEnv, platform = process.platform): boolean {
  const opener = openerOf(env, platform);
  if (opener === undefined) return false;
  const [command, ...args] = opener;
  const child = spawn(command, [...args, url], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
  return true;
}

/** The command that opens an address on this desktop; undefined on a machine without a desktop. */
export function openerOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  const screen = [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((given) => given !== undefined && given !== '');
  return screen && findOnPath('xdg-open', env) !== undefined ? ['xdg-open'] : undefined;
}
