// Bundles src into dist: a small main file, and chunks that load when they are needed.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { banner } from './build/banner.js';
import { commitOf } from './build/commit.js';
import { buildFunctions } from './build/functions.js';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
// A package must not hold chunks of earlier builds.
if (process.argv.includes('--clean')) rmSync(dist, { recursive: true, force: true });
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { CRYPTODM_COMMIT: commit = commitOf(root) } = process.env;

/** Packages that the bundles hold, as package-lock.json names them. */
const bundled = new Set();

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/main.ts' },
  outdir: dist,
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  sourcemap: 'linked',
  sourcesContent: false,
  // Less to parse at each start. Names stay, because --verbose prints stacks.
  minifyWhitespace: true,
  minifySyntax: true,
  metafile: true,
  define: { CRYPTODM_VERSION: JSON.stringify(version), CRYPTODM_COMMIT: JSON.stringify(commit) },
  // They are native libraries, one package a platform: npm installs them beside this package.
  external: ['@duckdb/node-bindings', '@libsql/*'],
  banner,
  logLevel: 'warning',
});

// The main file is written last, and old chunks stay for a day: a process of an earlier build may still load one.
const chunks = join(dist, 'chunks');
mkdirSync(chunks, { recursive: true });
const isMain = ({ path }) => basename(path) === 'main.js';
for (const file of [...outputFiles].sort((a, b) => Number(isMain(a)) - Number(isMain(b)))) {
  const temporary = `${file.path}.${process.pid}.new`;
  writeFileSync(temporary, file.contents);
  renameSync(temporary, file.path);
}
const current = new Set(outputFiles.map(({ path }) => path));
for (const name of readdirSync(chunks)) {
  const path = join(chunks, name);
  if (!current.has(path) && Date.now() - statSync(path).mtimeMs > 24 * 3600 * 1000) rmSync(path);
}

note(metafile);
note(await buildConstructs());
note(await buildFunctions(root, dist));
copyChartLibrary();
// Only a clean build has made all bundles. The bill of materials of a release reads it.
if (process.argv.includes('--clean')) writeFileSync(join(dist, 'bundled.json'), JSON.stringify([...bundled].sort()));

/** The CDKTF app is a separate, large program: it is bundled only when one of its inputs has changed. */
async function buildConstructs() {
  const bundle = join(dist, 'cdktf', 'main.js');
  const sources = readdirSync(join(root, 'cdktf'), { recursive: true }).map((name) => join(root, 'cdktf', name));
  const seen = [
    'src/lake/alarms.ts',
    'src/aws/deployment/deployment.ts',
    'src/aws/names.ts',
    'src/lake/databases.ts',
    'src/lake/functions.ts',
    'src/settings/schema.ts',
    'package-lock.json',
  ];
  const inputs = [...sources, ...seen.map((path) => join(root, path))];
  const changed = Math.max(...inputs.map((path) => statSync(path).mtimeMs));
  if (existsSync(bundle) && statSync(bundle).mtimeMs > changed) return undefined;
  const temporary = `${bundle}.${process.pid}.new`;
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['cdktf/main.ts'],
    metafile: true,
    outfile: temporary,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    banner,
    logLevel: 'warning',
  });
  renameSync(temporary, bundle);
  return metafile;
}

/** Notes the packages of a bundle; undefined: it was not built again. */
function note(metafile) {
  for (const input of Object.keys(metafile?.inputs ?? {})) {
    // Behind a symbolic link the path begins elsewhere.
    const [key] = /(?<=^|\/)node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
    if (key !== undefined) bundled.add(key);
  }
}

/** The dashboard's chart library is one file of its package: the page loads it as it is. */
function copyChartLibrary() {
  const name = 'lightweight-charts.standalone.production.mjs';
  bundled.add('node_modules/lightweight-charts');
  mkdirSync(join(dist, 'page'), { recursive: true });
  copyFileSync(
    join(root, 'node_modules', 'lightweight-charts', 'dist', name),
    join(dist, 'page', 'lightweight-charts.mjs'),
  );
}
