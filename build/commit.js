import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The commit that a checkout is at, with `-dirty` after it where files differ; empty where that is not known. @param {string} folder */
export function commitOf(folder) {
  // Above a folder without a history of its own may be another one.
  if (!existsSync(join(folder, '.git'))) return '';
  const args = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  const { status, stdout } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}
