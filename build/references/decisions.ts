import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../generated.ts';
import { page } from './markdown.ts';

/** The index of docs/decisions, from the first line of each page. */
export function decisionsPage(): string {
  const folder = join(root, 'docs', 'decisions');
  const lines = readdirSync(folder)
    .filter((name) => /^\d{4}-.+\.md$/.test(name))
    .sort()
    .map((name) => {
      const title = readFileSync(join(folder, name), 'utf8').split('\n')[0]?.replace(/^# /, '') ?? name;
      return `- [${title}](${name})`;
    });
  return page('Decisions', 'the titles of the pages', [
    'What was decided, why, and what it costs; one page each. Later pages may change earlier ones, and say so.',
    lines.join('\n'),
  ]);
}
