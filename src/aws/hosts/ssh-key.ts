import { execa } from 'execa';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../../errors.ts';

/** Whether the pair of a file is the one with this public key. A machine that has not started the lake, or fetched its keys, has another or none. */
export function holdsKey(path: string, publicKey: string): boolean {
  return existsSync(path) && readPublicKey(path) === publicKey;
}

/** The public key beside a private one; undefined when there is none. */
export function readPublicKey(path: string): string | undefined {
  const publicPath = `${path}.pub`;
  return existsSync(publicPath) ? readFileSync(publicPath, 'utf8').trim() : undefined;
}

/** The public key of a pair, in OpenSSH's format; the pair is made when there is none. The private key never leaves its file (mode 600). */
export async function provideSshKey(path: string, comment: string): Promise<string> {
  const publicPath = `${path}.pub`;
  if (!existsSync(path) || !existsSync(publicPath)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    for (const file of [path, publicPath]) rmSync(file, { force: true });
    try {
      await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path], { stdin: 'ignore' });
    } catch (error) {
      throw new Fault(
        'environment',
        `ssh-keygen could not make a key: ${(error as Error).message.split('\n')[0] ?? ''}`,
        {
          where: 'ssh-keygen',
          next: 'Install the OpenSSH client (ssh, ssh-keygen), then run the same command.',
          cause: error,
        },
      );
    }
  }
  return readFileSync(publicPath, 'utf8').trim();
}
