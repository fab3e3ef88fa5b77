// The Lambda functions: each bundled with its part of the SDK into one index.mjs, zipped as dist/functions/<name>.zip.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { archive } from './archive.js';
import { banner } from './banner.js';

// The rooms that the functions see.
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
 * Builds them when what goes into them has changed: their hash is what Terraform compares.
 * @param {string} root of the package
 * @param {string} dist the zips go to a folder `functions` in it
 */
export async function buildFunctions(root, dist) {
  const folder = join(dist, 'functions');
  const names = findHandlers(join(root, 'src', 'aws', 'functions'));
  const archives = names.map((name) => join(folder, `${name}.zip`));
  const changed = Math.max(...inputs.map((path) => lastChanged(join(root, path))));
  if (archives.every((path) => existsSync(path) && statSync(path).mtimeMs > changed)) return;
  mkdirSync(folder, { recursive: true });
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => `src/aws/functions/${name}.ts`),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    write: false,
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
}

/** A function is a file with a handler. */
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
