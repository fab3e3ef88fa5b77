import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../../errors.ts';
import { runMaven, throwIfInterrupted, type BuildTools } from '../../toolchain/maven.ts';
import { writeBase, type Architecture, type BaseSource } from './base.ts';

/** A jar of the image, by the name that it has there. */
export type ImageJars = Record<string, { path: string; sha256: string }>;

/** Raised when the base or the layout of the image changes: the tag must then be another one. */
const recipe = 1;

export const imageJarNames = ['ProducerCrypto-1.0.jar', 'ProducerTrader-1.0.jar'] as const;

/**
 * The tag of an image: that of its jars and processor. Not the digest, because the runtime comes from the machine that builds it: another
 * machine would make another image of the same producers, and restart them.
 */
export function imageTag(jars: ImageJars, architecture: Architecture): string {
  const hash = createHash('sha256').update(`${String(recipe)}\0`);
  for (const name of imageJarNames) hash.update(`${name}\0${jars[name]?.sha256 ?? ''}\0`);
  return `${hash.digest('hex').slice(0, 16)}-${architecture}`;
}

export interface ImageBuild {
  /** folder of the package: holds `jars` */
  packageFolder: string;
  cache: string;
  jars: ImageJars;
  architecture: Architecture;
  tools: BuildTools;
  signal: AbortSignal;
}

/**
 * Builds the image of both producers with Jib, without a registry and without an engine.
 * @returns path of an archive in the format of `docker save`; the same jars and runtime give the same bytes
 * @throws Fault of kind `environment` where the machine can't build it, `internal` and `outside` as of Maven
 */
export async function buildImage(build: ImageBuild): Promise<string> {
  const { packageFolder, cache, jars, architecture, tools, signal } = build;
  const tag = imageTag(jars, architecture);
  const archive = join(cache, 'images', `${tag}.tar`);
  if (existsSync(archive)) return archive;
  const work = join(cache, 'build', `image-${tag}-${String(process.pid)}`);
  try {
    const files = join(work, 'files');
    mkdirSync(join(files, 'app'), { recursive: true });
    for (const name of imageJarNames) copyFileSync(jars[name]?.path ?? '', join(files, 'app', name));
    for (const path of ['pom.xml', join('image', 'pom.xml')]) {
      mkdirSync(join(work, 'jars', 'image'), { recursive: true });
      copyFileSync(join(packageFolder, 'jars', path), join(work, 'jars', path));
    }
    // Jib asks for what a compiler has made; there is nothing to compile.
    mkdirSync(join(work, 'jars', 'image', 'target', 'classes'), { recursive: true });
    const base = join(work, 'base.tar');
    const source = await findSource(architecture, tools, join(work, 'root'), signal);
    await writeBase(source, { jdk: tools.jdk, folder: join(work, 'runtime'), archive: base, signal });
    const made = join(work, 'image.tar');
    await runMaven(tools.maven, {
      jdk: tools.jdk,
      task: 'Building the image',
      args: [
        ...['--file', join(work, 'jars', 'image', 'pom.xml'), 'com.google.cloud.tools:jib-maven-plugin:buildTar'],
        ...[`-Dimage.base=${base}`, `-Dimage.architecture=${architecture}`, `-Dimage.files=${files}`],
        ...[`-Dimage.tag=${tag}`, `-Dimage.tar=${made}`],
      ],
      cwd: work,
      log: join(cache, 'logs', `image-${String(process.pid)}.log`),
      onLine: () => undefined,
      signal,
    });
    mkdirSync(join(cache, 'images'), { recursive: true });
    renameSync(made, archive);
    return archive;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const nodeNames: Record<Architecture, string> = { amd64: 'x64', arm64: 'arm64' };

/** This machine, where it has the processor; else packages of Debian for the other one. */
async function findSource(
  architecture: Architecture,
  { jdk }: BuildTools,
  folder: string,
  signal: AbortSignal,
): Promise<BaseSource> {
  const next = 'Build it on a machine with Linux.';
  if (process.platform !== 'linux') {
    throw new Fault('environment', 'an image is built on Linux only', { where: process.platform, next });
  }
  const modules = join(jdk.home, 'jmods');
  if (process.arch === nodeNames[architecture]) {
    if (existsSync(modules)) return { architecture, root: '/', modules };
    throw new Fault('environment', `the JDK in ${jdk.home} has no modules`, {
      where: modules,
      next: 'Install one that has the folder "jmods".',
    });
  }
  await fetchPackages(architecture, jdk.major, folder, signal);
  const machines = join(folder, 'usr/lib/jvm');
  const found = existsSync(machines) ? readdirSync(machines).map((name) => join(machines, name, 'jmods')) : [];
  const [present] = found.filter((path) => existsSync(path));
  if (present === undefined) throw new Fault('environment', 'the packages have no modules of a JDK', { next });
  return { architecture, root: folder, modules: present };
}

/** Unpacks Debian's packages of another processor, which apt of this machine gets; nothing is installed. */
async function fetchPackages(
  architecture: Architecture,
  major: number,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const state = `${folder}-apt`;
  for (const name of ['lists/partial', 'archives/partial', 'packages'])
    mkdirSync(join(state, name), { recursive: true });
  const options = [
    ...['-o', `APT::Architecture=${architecture}`, '-o', `APT::Architectures=${architecture}`],
    ...['-o', `Dir::State::lists=${join(state, 'lists')}`, '-o', `Dir::State::status=/dev/null`],
    ...[
      '-o',
      `Dir::Cache::archives=${join(state, 'archives')}`,
      '-o',
      'Dir::Cache::pkgcache=',
      '-o',
      'Dir::Cache::srcpkgcache=',
    ],
    ...['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Languages=none'],
  ];
  const names = [
    'libc6',
    'libgcc-s1',
    'libstdc++6',
    'zlib1g',
    `openjdk-${String(major)}-jdk-headless`,
    `openjdk-${String(major)}-jre-headless`,
  ];
  const calls: [string, string[]][] = [
    ['apt-get', [...options, '-q', 'update']],
    ['apt-get', [...options, '-q', 'download', ...names]],
  ];
  for (const [command, args] of calls) {
    const ran = await execa(command, args, {
      cwd: join(state, 'packages'),
      stdin: 'ignore',
      reject: false,
      cancelSignal: signal,
    });
    throwIfInterrupted(signal);
    if (ran.failed) {
      throw new Fault(
        'environment',
        `an image for ${architecture} needs Debian’s packages here: ${ran.stderr.trim()}`,
        {
          where: command,
          next: 'Build it on a machine with this processor, or on one with Debian.',
          cause: ran,
        },
      );
    }
  }
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(join(state, 'packages')).sort()) {
    await execa('dpkg-deb', ['--extract', join(state, 'packages', name), folder], {
      stdin: 'ignore',
      cancelSignal: signal,
    });
  }
  rmSync(state, { recursive: true, force: true });
}

/** SHA-256 of an archive, in hex. */
export function hashArchive(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
