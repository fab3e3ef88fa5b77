// Runs ESLint on the files that may have new findings. Its own cache looks at one file at a time, but our rules ask for types, which
// come from imported files: a file is linted again when it or anything that it imports, directly or not, has changed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './cache.js';

const [cacheFile] = process.argv.slice(2);
/** Folders without JavaScript of ours; those that begin with a dot are left out as well. */
const skipped = ['dist', 'node_modules', 'jars'];
const imported = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;

const hash = (...texts) => {
  const digest = createHash('sha256');
  for (const text of texts) digest.update(text).update('\0');
  return digest.digest('hex');
};

/** What every finding depends on. */
const common = hash(
  ...['eslint.config.js', 'tsconfig.json', 'package-lock.json'].map((name) => readFileSync(join(root, name), 'utf8')),
);

/** Of each file that was looked at: the hash of its text, and the files that it imports. */
const known = new Map();

function read(file) {
  let found = known.get(file);
  if (found === undefined) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    found = {
      hash: hash(text),
      imports: [...text.matchAll(imported)].map(([, path]) => join(dirname(file), path)),
    };
    known.set(file, found);
  }
  return found;
}

/** A hash of a file and of everything that it imports. */
function hashWithImports(file) {
  const seen = new Set([file]);
  for (const one of seen) for (const next of read(one).imports) seen.add(next);
  return hash(common, ...[...seen].sort().flatMap((one) => [relative(root, one), read(one).hash]));
}

const files = readdirSync(root, { withFileTypes: true })
  .filter(({ name }) => !name.startsWith('.') && !skipped.includes(name))
  .flatMap((entry) => {
    if (!entry.isDirectory()) return [join(root, entry.name)];
    const below = readdirSync(join(root, entry.name), { recursive: true, withFileTypes: true });
    return below.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  })
  .filter((file) => /\.(ts|js|mjs|cjs)$/.test(file));

const before = cacheFile !== undefined && existsSync(cacheFile) ? JSON.parse(readFileSync(cacheFile, 'utf8')) : {};
const hashes = new Map(files.map((file) => [file, hashWithImports(file)]));
const changed = files.filter((file) => before[relative(root, file)] !== hashes.get(file));

if (changed.length > 0) {
  // Loading ESLint costs more than all of the above.
  const { ESLint } = await import('eslint');
  const eslint = new ESLint({ cwd: root, warnIgnored: false });
  const results = await eslint.lintFiles(changed);
  const faulty = new Set(
    results.filter(({ messages }) => messages.length > 0).map(({ filePath }) => relative(root, filePath)),
  );
  if (faulty.size > 0) {
    const formatter = await eslint.loadFormatter('stylish');
    process.stdout.write(await formatter.format(results));
  }
  const passed = files.map((file) => [relative(root, file), hashes.get(file)]).filter(([name]) => !faulty.has(name));
  if (cacheFile !== undefined) writeFileSync(cacheFile, JSON.stringify(Object.fromEntries(passed)));
  if (results.some(({ errorCount }) => errorCount > 0)) process.exitCode = 1;
}
