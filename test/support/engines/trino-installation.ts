import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder, isComplete, publishFolder } from '../../../src/toolchain/cache.ts';
import { listJdks, type Jdk } from '../../../src/toolchain/jdk.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { findMaven, locateMaven, runMaven } from '../../../src/toolchain/maven.ts';

const version = '476';
/** Oldest JDK that this version of Trino supports. */
const leastJdk = 24;
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

/** An installed Trino server with only the Iceberg connector. */
export interface TrinoInstallation {
  jdk: Jdk;
  /** folder with `lib` and `plugin` */
  folder: string;
}

/** Why Trino can't run here; undefined when it can. */
export function trinoUnavailable(): string | undefined {
  if (findTrinoJdk() === undefined)
    return `Trino ${version} needs a JDK ${String(leastJdk)} or later, and none is installed`;
  if (isComplete(trinoFolder()) || locateMaven(thisMachine(process.env)) !== undefined) return undefined;
  return 'Trino is fetched by Maven, which is not installed';
}

/** Downloads Trino from the Maven repository, 540 MB the first time. @throws Error when `trinoUnavailable` gives a reason */
export async function installTrino(): Promise<TrinoInstallation> {
  const jdk = findTrinoJdk();
  if (jdk === undefined) throw new Error(trinoUnavailable());
  const folder = trinoFolder();
  if (!isComplete(folder)) await publishFolder(folder, async (temporary) => fill(temporary, jdk));
  return { jdk, folder };
}

function findTrinoJdk(): Jdk | undefined {
  return listJdks(thisMachine(process.env)).find(({ major }) => major >= leastJdk);
}

function trinoFolder(): string {
  return join(cacheFolder(thisMachine(process.env)), 'test', `trino-${version}`);
}

async function fill(folder: string, jdk: Jdk): Promise<void> {
  const fetched = join(folder, 'fetched');
  mkdirSync(fetched);
  const maven = await findMaven(thisMachine(process.env), jdk);
  for (const artifact of [`io.trino:trino-server-core:${version}:tar.gz`, `io.trino:trino-iceberg:${version}:zip`]) {
    await runMaven(maven, {
      jdk,
      args: [copyGoal, `-Dartifact=${artifact}`, `-DoutputDirectory=${fetched}`],
      cwd: folder,
      log: join(folder, 'maven.log'),
      task: `Fetching ${artifact}`,
      onLine: () => undefined,
    });
  }
  const archive = (ending: string) => join(fetched, readdirSync(fetched).find((name) => name.endsWith(ending)) ?? '');
  const server = `trino-server-core-${version}`;
  await execa('tar', ['-xzf', archive('.tar.gz'), '-C', folder, '--strip-components=1', `${server}/lib`]);
  mkdirSync(join(folder, 'plugin'));
  await execa(join(jdk.home, 'bin/jar'), ['-xf', archive('.zip')], { cwd: folder });
  renameSync(join(folder, `trino-iceberg-${version}`), join(folder, 'plugin/iceberg'));
  rmSync(fetched, { recursive: true });
}
