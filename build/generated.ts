import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Path of the checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Writes files that are generated from the code; with `--check` on the command line it compares instead, and fails where one differs.
 * @param files text by path
 * @param command what writes them, such as `npm run kibana`
 */
export function settleGenerated(files: ReadonlyMap<string, string>, command: string): void {
  for (const [path, text] of files) {
    if (!process.argv.includes('--check')) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
      process.stderr.write(`${path} is not what the code says: run "${command}".\n`);
      process.exitCode = 1;
    }
  }
}
