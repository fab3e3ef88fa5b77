// The packed package of a release, from the files of this checkout as they are, in a folder of its own: a build here would disturb what runs.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder } from '../../src/toolchain/cache.ts';
import { readLock } from '../../src/toolchain/artifact-lock.ts';
import { buildJars } from '../../src/toolchain/jars.ts';
import { findJdk } from '../../src/toolchain/jdk.ts';
import { thisMachine } from '../../src/toolchain/machine.ts';
import { findMaven } from '../../src/toolchain/maven.ts';
import { commitOf } from '../commit.js';
import { root } from '../generated.ts';
import { billOfMaterials, type Bill, type PackageLock } from './bill-of-materials.ts';
import { writeCarriedJars } from './jars.ts';
import { deadLinks, packagePage, packageReadme, pagesIn, redirectLinks, type Source } from './pages.ts';

/** Fields of package.json that are read or written here. */
interface Manifest {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  [key: string]: unknown;
}

export interface PackedPackage {
  name: string;
  version: string;
  /** the file that npm installs */
  file: string;
  bill: Bill;
}

/**
 * Builds the package and packs it.
 * @param out folder for the file
 * @param repository owner and name at GitHub; undefined in a rehearsal without one
 * @throws Error for a page with a dead link
 */
export async function packPackage(out: string, repository: string | undefined): Promise<PackedPackage> {
  const folder = join(out, 'package');
  rmSync(folder, { recursive: true, force: true });
  await copyCheckout(folder);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  // The copy has no history to ask.
  const env = { CRYPTODM_COMMIT: commitOf(root) };
  await execa(process.execPath, ['build.js', '--clean'], { cwd: folder, env, stdin: 'ignore' });
  rmSync(join(folder, 'node_modules'));
  writeCarriedJars(await builtJars(folder), folder);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const bill = takeBill(folder, manifest);
  rmSync(join(folder, 'package-lock.json'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(publicManifest(manifest, repository), null, 2)}\n`);
  const source = repository === undefined ? undefined : `https://github.com/${repository}/blob/v${manifest.version}`;
  // First what is packed at all, so that links can be looked up.
  await keepOnlyPacked(folder);
  writePages(folder, source);
  const dead = deadLinks(folder);
  if (dead.length > 0) throw new Error(`dead links in the package:\n${dead.join('\n')}`);
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', out];
  const { stdout } = await execa('npm', args, { cwd: folder, stdin: 'ignore' });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  return { name: manifest.name, version: manifest.version, file: join(out, packed?.filename ?? ''), bill };
}

/** Files that git knows or would add, without the proof. */
async function copyCheckout(folder: string): Promise<void> {
  const { stdout } = await execa('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    stdin: 'ignore',
  });
  for (const path of stdout.split('\0')) {
    if (path === '' || /^(?:test|bench|\.github|\.ci)\//.test(path) || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(root, path), join(folder, path));
  }
}

async function builtJars(folder: string) {
  const machine = thisMachine(process.env);
  const jdk = findJdk(machine);
  const sources = {
    packageFolder: folder,
    cache: process.env['CRYPTODM_PATHS_CACHE'] ?? cacheFolder({ ...machine, home: homedir() }),
  };
  return buildJars(
    sources,
    async () => ({ jdk, maven: await findMaven(machine, jdk) }),
    () => undefined,
  );
}

function takeBill(folder: string, manifest: Manifest): Bill {
  const list = join(folder, 'dist', 'bundled.json');
  const bundled = JSON.parse(readFileSync(list, 'utf8')) as string[];
  rmSync(list);
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as PackageLock;
  const beside = Object.keys(manifest.dependencies).map((name) => `node_modules/${name}`);
  return billOfMaterials(manifest, lock, [...bundled, ...beside], readLock(folder));
}

/** What npm shows of the package. Its checkout is private, so that nothing but a release publishes it. */
function publicManifest(manifest: Manifest, repository: string | undefined): object {
  const left = ['private', 'scripts', 'devDependencies'];
  const kept = Object.fromEntries(Object.entries(manifest).filter(([key]) => !left.includes(key)));
  if (repository === undefined) return kept;
  const url = `https://github.com/${repository}`;
  return {
    ...kept,
    homepage: `${url}#readme`,
    repository: { type: 'git', url: `git+${url}.git` },
    bugs: { url: `${url}/issues` },
    publishConfig: { access: 'public', provenance: true },
  };
}

/** Removes what "files" of package.json leaves out. */
async function keepOnlyPacked(folder: string): Promise<void> {
  const args = ['pack', '--dry-run', '--ignore-scripts', '--json'];
  const { stdout } = await execa('npm', args, { cwd: folder, stdin: 'ignore', maxBuffer: 50_000_000 });
  const packed = new Set(
    (JSON.parse(stdout) as { files: { path: string }[] }[]).flatMap(({ files }) => files.map(({ path }) => path)),
  );
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })) {
    const file = join(path.parentPath, path.name);
    if (path.isFile() && !packed.has(file.slice(folder.length + 1))) rmSync(file);
  }
}

function writePages(folder: string, source: Source): void {
  for (const path of pagesIn(folder)) {
    const text = readFileSync(join(folder, path), 'utf8');
    const page = path.startsWith('README.') ? packageReadme(text) : path.startsWith('docs/') ? packagePage(text) : text;
    writeFileSync(join(folder, path), redirectLinks(folder, path, page, source));
  }
}
