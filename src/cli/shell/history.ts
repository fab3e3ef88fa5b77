import { appendFileSync, chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { replaceFile } from '../../tools/whole-file.ts';

export const mostEntries = 1000;

/** Where the shell remembers what was entered, by the XDG base directory rules. */
export function historyFile(env: NodeJS.ProcessEnv): string {
  const given = env['XDG_STATE_HOME'] ?? '';
  return join(given === '' ? join(homedir(), '.local', 'state') : given, 'cryptodm', 'shell-history');
}

/** What was entered, one entry a line; only its owner can read the file. */
export class History {
  /** the newest first */
  readonly entries: string[] = [];

  constructor(private readonly file: string) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
      chmodSync(file, 0o600);
    } catch {
      return;
    }
    const lines = text.split('\n').filter((line) => line !== '');
    if (lines.length > 2 * mostEntries) replaceFile(file, `${lines.slice(-mostEntries).join('\n')}\n`);
    for (const line of lines.slice(-mostEntries)) this.put(line);
  }

  /** @returns false when it could not be written down */
  add(entry: string): boolean {
    const line = entry.replaceAll(/\s*\n\s*/g, ' ').trim();
    if (line === '' || line === this.entries[0]) return true;
    this.put(line);
    try {
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
      appendFileSync(this.file, `${line}\n`, { mode: 0o600 });
      return true;
    } catch {
      return false;
    }
  }

  private put(line: string): void {
    const before = this.entries.indexOf(line);
    if (before >= 0) this.entries.splice(before, 1);
    this.entries.unshift(line);
    this.entries.splice(mostEntries);
  }
}
