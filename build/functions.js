// The Lambda functions: each bundled with its part of the SDK into one index.mjs, zipped as dist/functions/<name>.zip.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { archive } from './archive.js';
import { banner } from './banner.js';

// Files that the functions are built from.
const inputs = [
  'src/aws',
  'src/lake',
  'src/tools',
  'src/errors.ts',
  'package-lock.json',
  'build/functions.js',
  'build/archive.js',
];

/**
 * Builds the archives when one of their inputs has changed.
 * @param {string} root folder of the package
 * @param {string} dist folder whose `functions` gets the archives
 * @returns what they were bundled from; undefined when nothing was built
 */
export async function buildFunctions(root, dist) {
  const folder = join(dist, 'functions');
  const names = findHandlers(join(root, 'src', 'aws', 'functions'));
  const archives = names.map((name) => join(folder, `${name}.zip`));
  const changed = Math.max(...inputs.map((path) => lastChanged(join(root, path))));
  if (archives.every((path) => existsSync(path) && statSync(path).mtimeMs > changed)) return undefined;
  mkdirSync(folder, { recursive: true });
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => `src/aws/functions/${name}.ts`),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    write: false,
    metafile: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    banner,
    logLevel: 'warning',
  });
  for (const [at, path] of archives.entries()) {
    const bundle = outputFiles.find((file) => file.path.endsWith(`/${names[at]}.mjs`));
    const temporary = `${path}.${process.pid}.new`;
    writeFileSync(temporary, archive({ 'index.mjs': bundle.contents }));
    renameSync(temporary, path);
  }
  return metafile;
}

/** Names of the files that export a handler. */
function findHandlers(folder) {
  return readdirSync(folder)
    .filter((file) => readFileSync(join(folder, file), 'utf8').includes('\nexport const handler = '))
    .map((file) => basename(file, '.ts'));
}

function lastChanged(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => lastChanged(join(path, name))));
}
