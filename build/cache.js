// Where checks and tests keep what they know of earlier runs: outside the checkout, which stays clean.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const caches = () => process.env.XDG_CACHE_HOME || join(homedir(), '.cache');

/** The folder of this checkout's caches of `npm run check`; `CRYPTODM_CHECK_CACHE` names another one. */
export function checkCache() {
  const own = `${basename(root)}-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;
  return made(process.env.CRYPTODM_CHECK_CACHE || join(caches(), 'cryptodm-check', own));
}

/** Where `npm run test:long` keeps its results, a folder for each commit; `CRYPTODM_TEST_RESULTS` names another place. */
export function resultsFolder() {
  return process.env.CRYPTODM_TEST_RESULTS || join(caches(), 'cryptodm-tests');
}

function made(folder) {
  mkdirSync(folder, { recursive: true });
  return folder;
}
