// `npm run image [-- amd64|arm64]`: the image of both producers as an archive, in the format of `docker save`.
import { buildImage, hashArchive, imageJarNames } from '../src/aws/containers/image.ts';
import { cacheFolder } from '../src/toolchain/cache.ts';
import { buildJars } from '../src/toolchain/jars.ts';
import { findJdk } from '../src/toolchain/jdk.ts';
import { thisMachine } from '../src/toolchain/machine.ts';
import { findMaven } from '../src/toolchain/maven.ts';
import { root } from './generated.ts';

const [asked = process.arch === 'arm64' ? 'arm64' : 'amd64', ...others] = process.argv.slice(2);
const architecture = asked === 'amd64' || asked === 'arm64' ? asked : undefined;
if (architecture === undefined || others.length > 0) {
  process.stderr.write('usage: npm run image [-- amd64|arm64]\n');
  process.exit(2);
}
const machine = thisMachine(process.env);
const jdk = findJdk(machine);
const tools = { jdk, maven: await findMaven(machine, jdk) };
const sources = { packageFolder: root, cache: cacheFolder(machine) };
const jars = await buildJars(
  sources,
  () => Promise.resolve(tools),
  () => undefined,
);
const files = imageJarNames.map((name) => {
  const path = jars.path(name);
  return [name, { path, sha256: hashArchive(path) }] as const;
});
const stop = new AbortController();
process.once('SIGINT', () => {
  stop.abort();
});
const archive = await buildImage({
  ...sources,
  jars: Object.fromEntries(files),
  architecture,
  tools,
  signal: stop.signal,
});
process.stdout.write(`${archive}\nsha256:${hashArchive(archive)}\n`);
