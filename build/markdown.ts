// Checks every page: tables are not padded, links and anchors lead somewhere, paths of the repository exist, the README and its translation agree. With --write it takes the padding out.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './generated.ts';
import { deadLinksOf } from './markdown/dead-links.ts';
import { pathsOf, unpad } from './markdown/page-facts.ts';
import { translationFaults } from './markdown/translation.ts';

const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));

for (const path of pages) {
  const file = join(root, path);
  const text = readFileSync(file, 'utf8');
  const plain = unpad(text);
  if (plain !== text && process.argv.includes('--write')) writeFileSync(file, plain);
  else if (plain !== text) fail(path, 'has a padded table: run "npm run format"');
  for (const { link, lacks } of deadLinksOf(file))
    fail(path, `links to ${link}, which ${lacks === 'file' ? 'does not exist' : 'has no such heading'}`);
  for (const named of pathsOf(text))
    if (!existsSync(join(root, named))) fail(path, `names ${named}, which does not exist`);
}

const translation = 'README.pt-BR.md';
const [original, translated] = ['README.md', translation].map((path) => readFileSync(join(root, path), 'utf8'));
for (const fault of translationFaults(original ?? '', translated ?? ''))
  fail(translation, `is not README.md: ${fault}`);

function fail(path: string, what: string): void {
  process.stderr.write(`${path} ${what}\n`);
  process.exitCode = 1;
}
