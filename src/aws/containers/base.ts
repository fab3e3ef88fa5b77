import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../../errors.ts';
import { readElf } from '../../tools/elf.ts';
import { tar, type TarEntry } from '../../tools/tar.ts';
import type { Jdk } from '../../toolchain/jdk.ts';
import { throwIfInterrupted } from '../../toolchain/maven.ts';

export type Architecture = 'amd64' | 'arm64';

/** Where the parts of a base come from: the root of a Linux, and a JDK in it. */
export interface BaseSource {
  architecture: Architecture;
  /** `/`, or a folder with the packages of another processor */
  root: string;
  /** the modules of the JDK for that processor */
  modules: string;
}

/** What the producers use, with the SDK of AWS, by `jdeps`; `jdk.crypto.ec` is loaded by name, for TLS. */
const modules = [
  ...['java.base', 'java.logging', 'java.management', 'java.naming', 'java.net.http', 'java.security.jgss'],
  ...['java.security.sasl', 'java.sql', 'java.xml', 'jdk.crypto.ec', 'jdk.unsupported'],
];

/** User and group that the producers run as. */
const user = 10_001;

/**
 * Writes the base of the image, in the format of `docker save`: a Java runtime of a few modules, the libraries that it loads, and a user
 * without rights. The same source gives the same bytes.
 * @param jdk whose `jlink` runs here; it must have the version of the modules
 * @throws Fault of kind `environment` when a library is missing, `interrupted`
 */
export async function writeBase(
  source: BaseSource,
  { jdk, folder, archive, signal }: { jdk: Jdk; folder: string; archive: string; signal: AbortSignal },
): Promise<void> {
  const runtime = join(folder, 'java');
  rmSync(runtime, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const linked = await execa(
    join(jdk.home, 'bin/jlink'),
    [
      ...['--module-path', source.modules, '--add-modules', modules.join(','), '--output', runtime],
      ...['--strip-debug', '--no-header-files', '--no-man-pages', '--compress=2'],
    ],
    { stdin: 'ignore', reject: false, cancelSignal: signal },
  );
  throwIfInterrupted(signal);
  if (linked.failed) {
    throw new Fault('environment', `jlink can’t make a runtime: ${linked.stdout.trim()} ${linked.stderr.trim()}`, {
      where: source.modules,
      next: 'Install a JDK with its modules (the folder "jmods").',
      cause: linked,
    });
  }
  const entries = [...runtimeEntries(runtime), ...libraryEntries(runtime, source.root), ...accountEntries()];
  const layer = tar(withFolders(entries));
  const digest = createHash('sha256').update(layer).digest('hex');
  const config = {
    architecture: source.architecture,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { User: `${String(user)}:${String(user)}` },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'cryptodm' }],
  };
  const manifest = [{ Config: 'config.json', RepoTags: ['cryptodm-base:1'], Layers: ['layer.tar'] }];
  const file = (path: string, content: string | Buffer) => ({ path, mode: 0o644, content: Buffer.from(content) });
  writeFileSync(
    archive,
    tar([
      file('manifest.json', JSON.stringify(manifest)),
      file('config.json', JSON.stringify(config)),
      file('layer.tar', layer),
    ]),
  );
}

const place = 'opt/java';

function runtimeEntries(runtime: string): TarEntry[] {
  return listPaths(runtime).map((path): TarEntry => {
    const found = lstatSync(path);
    const inside = `${place}/${relative(runtime, path).split(sep).join('/')}`;
    if (found.isSymbolicLink()) return { path: inside, link: readlinkSync(path) };
    return { path: inside, mode: (found.mode & 0o111) === 0 ? 0o644 : 0o755, content: readFileSync(path) };
  });
}

/** Libraries outside of the runtime that its files need, each in the folder where it is found: loaders look only in those of their distribution. */
function libraryEntries(runtime: string, root: string): TarEntry[] {
  const own = new Set(listPaths(runtime).map((path) => path.split(sep).at(-1) ?? ''));
  const found = new Map<string, TarEntry>();
  const add = (inside: string, content: Buffer) => {
    found.set(inside, { path: inside.replace(/^\//, ''), mode: 0o755, content });
  };
  const folders = new Set<string>();
  const look = (file: Buffer, from: string) => {
    const needs = readElf(file);
    if (needs === undefined) return;
    if (needs.loader !== undefined && !found.has(needs.loader)) {
      const loader = join(root, needs.loader);
      // A distribution may have it as a link to the folder of the other libraries.
      folders.add(dirname(inRoot(root, loader)));
      add(needs.loader, readFileSync(resolved(root, loader)));
    }
    for (const name of needs.libraries) {
      if (own.has(name) || [...found.keys()].some((path) => path.endsWith(`/${name}`))) continue;
      const inside = locate(root, folders, name);
      if (inside === undefined) {
        throw new Fault('environment', `the library ${name}, which ${from} needs, is nowhere in ${root}`, {
          where: root,
          next: 'Install its package.',
        });
      }
      const content = readFileSync(resolved(root, join(root, inside)));
      add(inside, content);
      look(content, name);
    }
  };
  // The program comes first: it names the loader.
  const files = ['bin/java', 'lib/server/libjvm.so'].map((path) => join(runtime, path));
  const rest = listPaths(runtime).filter((path) => path.endsWith('.so') && !files.includes(path));
  for (const path of [...files, ...rest]) look(readFileSync(path), relative(runtime, path));
  return [...found.values()];
}

/** Folder of a library, as an absolute path in the root. */
function locate(root: string, loaders: Set<string>, name: string): string | undefined {
  const candidates = [...loaders].flatMap((folder) => [folder, folder.startsWith('/usr') ? folder : `/usr${folder}`]);
  return candidates
    .map((folder) => `${folder}/${name}`)
    .find((inside) => {
      try {
        return lstatSync(resolved(root, join(root, inside))).isFile();
      } catch {
        return false;
      }
    });
}

/** The file behind links, of which absolute ones begin at the root. */
function resolved(root: string, path: string): string {
  if (root === '/') return realpathSync(path);
  let at = path;
  for (let hops = 0; hops < 20 && lstatSync(at).isSymbolicLink(); hops += 1) {
    const target = readlinkSync(at);
    at = target.startsWith('/') ? join(root, target) : join(dirname(at), target);
  }
  return at;
}

/** Where a file really is, as an absolute path in the root. */
function inRoot(root: string, path: string): string {
  return `/${relative(root, resolved(root, path)).split(sep).join('/')}`;
}

function accountEntries(): TarEntry[] {
  const text = (path: string, content: string): TarEntry => ({ path, mode: 0o644, content: Buffer.from(content) });
  return [
    text('etc/passwd', `root:x:0:0::/:/nonexistent\ncryptodm:x:${String(user)}:${String(user)}::/app:/nonexistent\n`),
    text('etc/group', `root:x:0:\ncryptodm:x:${String(user)}:\n`),
    text('etc/nsswitch.conf', 'hosts: files dns\n'),
    { path: 'tmp', mode: 0o1777 },
    { path: 'app', mode: 0o755 },
  ];
}

/** The entries by their paths, each after its folders. */
function withFolders(entries: TarEntry[]): TarEntry[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]));
  for (const { path } of entries) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      if (!all.has(folder)) all.set(folder, { path: folder, mode: 0o755 });
    }
  }
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Files and links below a folder, in the order of their names. */
function listPaths(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
