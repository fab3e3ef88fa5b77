import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cacheFolder, isComplete, listFiles, publishFolder } from '../src/toolchain/cache.ts';
import { findJdk } from '../src/toolchain/jdk.ts';
import { thisMachine } from '../src/toolchain/machine.ts';
import { findMaven, readDownload, runMaven } from '../src/toolchain/maven.ts';

const sources = 'bench/peers';
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** The class path of a module of bench/peers. Builds it and fetches its libraries if they are not in the cache yet. */
export async function buildPeer(module: string, tell: (line: string) => void): Promise<string[]> {
  const machine = thisMachine(process.env);
  const cache = cacheFolder(machine);
  const folder = join(cache, 'bench', `${module}-${hashSources(module)}`);
  if (!isComplete(folder)) {
    tell(`building ${module} and fetching what it needs; once`);
    const jdk = findJdk(machine);
    const maven = await findMaven(machine, jdk);
    const build = mkdtempSync(join(tmpdir(), 'cryptodm-peers-'));
    try {
      cpSync(sources, build, { recursive: true });
      await runMaven(maven, {
        jdk,
        task: `Building ${module}`,
        args: [
          '--projects',
          module,
          '--also-make',
          'package',
          copyGoal,
          '-DincludeScope=runtime',
          '-DoutputDirectory=${project.build.directory}/lib',
        ],
        cwd: build,
        log: join(cache, 'logs', `bench-${String(process.pid)}.log`),
        onLine: (line) => {
          const download = readDownload(line);
          if (download !== undefined && download.bytes > 5e6) tell(download.file);
        },
      });
      await publishFolder(folder, (temporary) => {
        collectJars(join(build, module, 'target'), temporary);
        return Promise.resolve();
      });
    } finally {
      rmSync(build, { recursive: true, force: true });
    }
  }
  return listFiles(folder)
    .filter((path) => path.endsWith('.jar'))
    .map((path) => join(folder, path));
}

function collectJars(target: string, folder: string): void {
  for (const from of [target, join(target, 'lib')]) {
    for (const name of readdirSync(from).filter((file) => file.endsWith('.jar'))) {
      copyFileSync(join(from, name), join(folder, basename(name)));
    }
  }
}

/** Hash of the sources of a module: the shared ones and its own. */
function hashSources(module: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      /\.(xml|java)$/.test(path) && (path === 'pom.xml' || /^bars\b/.test(path) || path.startsWith(`${module}/`)),
  );
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(sources, file)));
  return hash.digest('hex').slice(0, 12);
}
