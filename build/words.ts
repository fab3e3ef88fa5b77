// Finds words that are not used here (build/words/list.ts) in code, comments, messages and pages, and names the word to use instead.
//   tsx build/words.ts               the folders that are clean; fails where one is not
//   tsx build/words.ts src/cli ...   these paths
//   tsx build/words.ts --count       hits by folder, for those who clean up
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './generated.ts';
import { clean } from './words/list.ts';
import { isWithin, searchFile } from './words/search.ts';

const text =
  /\.(?:ts|js|cjs|mjs|java|scala|py|go|ya?ml|j2|cfg|md|html|css|xml|json|properties|options|sh)$|^(?:cryptodm|\.ci\/.*)$/;
/** Data, generated files, the list itself and its test. */
const left =
  /^(?:package-lock\.json|build\/words\/|test\/unit\/build\/words\.test\.ts|test\/fixtures\/|.*\/snapshots?\/|src\/aws\/costs\/prices\.json)/;

const count = process.argv.includes('--count');
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const scope = count ? [''] : asked.length > 0 ? asked : clean;
const folders = new Map<string, number>();

for (const path of listFiles()) {
  if (!text.test(path) || left.test(path)) continue;
  if (!count && !scope.some((folder) => isWithin(path, folder.replace(/\/$/, '')))) continue;
  const content = readFileSync(join(root, path), 'utf8');
  // The code that it is generated from is searched.
  if (content.slice(0, 400).includes('<!-- Generated from')) continue;
  const hits = searchFile(path, content);
  if (count) {
    const folder = path
      .split('/')
      .slice(0, /^(?:src|jars|test)\//.test(path) ? 2 : 1)
      .join('/');
    folders.set(folder, (folders.get(folder) ?? 0) + hits.length);
    continue;
  }
  for (const { line, word, instead } of hits) {
    process.stderr.write(`${path}:${line === 0 ? 'path' : String(line)}: not "${word}", but: ${instead}\n`);
    process.exitCode = 1;
  }
}
for (const [folder, hits] of folders) process.stdout.write(`${String(hits).padStart(5)}  ${folder}\n`);

function listFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  return listed.split('\n').filter((path) => path !== '' && existsSync(join(root, path)));
}
