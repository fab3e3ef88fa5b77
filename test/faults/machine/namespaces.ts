import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Environment variable of a program that runs in namespaces: empty, or why it has none. */
const variable = 'CRYPTODM_FAULTS_NAMESPACES';

/** Whether this program was started by `enterNamespaces`. */
export function isInside(): boolean {
  return process.env[variable] !== undefined;
}

/**
 * Runs a program again with a network and mounts of its own, which are gone with its last process. Where that can't be had it runs without.
 * A signal to this process, or its end, closes the other one's stdin.
 * @returns its exit code; undefined inside
 */
export async function enterNamespaces(program: string, args: string[]): Promise<number | undefined> {
  if (isInside()) return undefined;
  // A file system that another test unmounts must be gone here, too.
  const unshare = ['unshare', '--net', '--mount', '--propagation', 'slave'];
  const why = tryOut([...unshare, 'ip', 'link', 'set', 'lo', 'up']);
  const [command = '', ...rest] = [
    ...(why === undefined ? unshare : []),
    ...[process.execPath, '--import', 'tsx', program, ...args],
  ];
  const child = spawn(command, rest, {
    stdio: ['pipe', 'inherit', 'inherit'],
    // Signals of a terminal reach this process only.
    detached: true,
    env: { ...process.env, [variable]: why ?? '' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.stdin.end());
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** Prepares the namespaces that this process runs in. @returns why there are none */
export function openNamespaces(): string | undefined {
  const why = process.env[variable];
  if (why !== '') return why ?? 'it was not started in namespaces of its own';
  execFileSync('ip', ['link', 'set', 'lo', 'up'], { stdio: 'pipe' });
  return undefined;
}

/** Runs a command. @returns why it failed */
export function tryOut([command = '', ...args]: string[]): string | undefined {
  try {
    execFileSync(command, args, { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    return stderr?.toString().trim().split('\n').at(-1) || message;
  }
}
