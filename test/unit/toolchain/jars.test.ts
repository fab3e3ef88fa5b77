import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readLock } from '../../../src/toolchain/artifact-lock.ts';
import { serverIds, serverLockFile } from '../../../src/local/setup/servers.ts';
import type { SetupEvent } from '../../../src/toolchain/events.ts';
import {
  buildJars,
  hasJars,
  jarNames,
  listSources,
  localJarNames,
  readJars,
  type JarSources,
} from '../../../src/toolchain/jars.ts';
import type { BuildTools } from '../../../src/toolchain/maven.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

const fakeMaven = `#!/bin/sh
echo "$PWD $@" >> "$RUNS"
echo '[INFO] Building producer-crypto 1.0                        [2/3]'
if grep -q broken producer/src/main/java/A.java; then
  echo '[ERROR] COMPILATION ERROR :'
  echo '[ERROR] /A.java:[3,5] not a statement'
  exit 1
fi
mkdir -p producer/target dependencies
printf '%s' "$PWD/producer/target/producer.jar:$REPOSITORY/org/a/a/1/a-1.jar" > dependencies/producer
: > dependencies/contracts
for jar in ${jarNames.join(' ')}; do echo "$jar" > producer/target/$jar.jar; done
`;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('buildJars', () => {
  const root = temporaryFolder();
  let sources: JarSources;

  beforeEach(() => {
    sources = { packageFolder: join(root.path, 'package'), cache: join(root.path, 'cache') };
    writeFiles(root.path, {
      'mvn*': fakeMaven,
      'package/jars/pom.xml': '<project/>',
      'package/jars/artifacts.lock': `${sha256('a')}  org/a/a/1/a-1.jar\n`,
      'repository/org/a/a/1/a-1.jar': 'a',
      'package/jars/producer/pom.xml': '<project/>',
      'package/jars/producer/src/main/java/A.java': 'class A {}',
      'package/jars/producer/src/test/java/ATest.java': 'class ATest {}',
      'package/jars/producer/target/old.jar': 'old',
      'package/jars/servers/kafka/pom.xml': '<project/>',
    });
    process.env.RUNS = join(root.path, 'runs');
    process.env.REPOSITORY = join(root.path, 'repository');
  });
  afterEach(() => {
    delete process.env.RUNS;
    delete process.env.REPOSITORY;
  });

  const toolchain = async (): Promise<BuildTools> => ({
    jdk: { home: '/jdk', version: '17.0.1', major: 17, compiles: true },
    maven: { command: join(root.path, 'mvn'), version: '3.9.9' },
  });
  const events: SetupEvent[] = [];
  const build = () => buildJars(sources, toolchain, (event) => events.push(event));
  const edit = (text: string) => writeFiles(root.path, { 'package/jars/producer/src/main/java/A.java': text });

  it('builds from a copy, so that the package is only read', async () => {
    const jars = await build();
    assert.equal(readFileSync(jars.path('LakeLocal-1.0.jar'), 'utf8'), 'LakeLocal-1.0\n');
    assert.deepEqual(readdirSync(jars.folder).length, jarNames.length + 1);
    assert.doesNotMatch(readFileSync(join(root.path, 'runs'), 'utf8'), /^\S*\/package/);
    assert.deepEqual(readdirSync(join(sources.cache, 'build')), []);
  });

  it('tells which module it builds', async () => {
    await build();
    assert.ok(events.some((event) => event.kind === 'progress' && event.detail === 'producer-crypto (2 of 3)'));
  });

  it('builds once for the same sources, again for others, not for tests', async () => {
    const { hash } = await build();
    writeFiles(root.path, { 'package/jars/producer/src/test/java/ATest.java': 'class ATest { }' });
    rmSync(join(root.path, 'mvn'));
    assert.equal((await build()).hash, hash);
    edit('class A { int a; }');
    assert.equal(readJars(sources).ready, false);
    assert.notEqual(readJars(sources).hash, hash);
  });

  it('gives the same hash wherever the package lies', () => {
    const { hash } = readJars(sources);
    writeFiles(root.path, {
      'other/jars/pom.xml': '<project/>',
      'other/jars/producer/pom.xml': '<project/>',
      'other/jars/producer/src/main/java/A.java': 'class A {}',
    });
    assert.equal(readJars({ ...sources, packageFolder: join(root.path, 'other') }).hash, hash);
  });

  it('reads poms and main sources only', () => {
    const folder = join(sources.packageFolder, 'jars');
    assert.deepEqual(
      listSources(folder).map((path) => path.slice(folder.length + 1)),
      ['pom.xml', 'producer/pom.xml', 'producer/src/main/java/A.java'],
    );
  });

  it('says why the build failed, and where all of it stands', async () => {
    edit('broken');
    await assert.rejects(build(), (error: { kind: string; message: string; where: string }) => {
      assert.equal(error.kind, 'internal');
      assert.equal(error.message, 'Building the jars failed.\n  COMPILATION ERROR :\n  /A.java:[3,5] not a statement');
      assert.ok(existsSync(error.where));
      return true;
    });
    assert.equal(readJars(sources).ready, false);
  });

  it('keeps no jar that is made of an artifact with another content than the lock names', async () => {
    writeFiles(root.path, { 'repository/org/a/a/1/a-1.jar': 'b' });
    await assert.rejects(build(), { kind: 'environment', where: join(root.path, 'repository/org/a/a/1/a-1.jar') });
    assert.equal(readJars(sources).ready, false);
  });

  describe('of a released package', () => {
    const carry = (hash: string) =>
      writeFiles(root.path, {
        'package/dist/jars/sources.sha256': hash,
        'package/dist/jars/ProducerShared-1.0.jar': 'shared',
        ...Object.fromEntries(localJarNames.map((name) => [`package/dist/jars/${name}.jar`, `carried ${name}`])),
      });
    const local = () => buildJars({ ...sources, use: 'local' }, toolchain, (event) => events.push(event));

    it('are taken as they are for a lake on this machine, without Maven', async () => {
      carry(readJars(sources).hash);
      rmSync(join(root.path, 'mvn'));
      assert.deepEqual([hasJars(sources), hasJars({ ...sources, use: 'local' })], [false, true]);
      const jars = await local();
      for (const name of localJarNames) {
        assert.equal(readFileSync(jars.path(`${name}.jar`), 'utf8'), `carried ${name}`);
      }
      // The producers name it in their manifest.
      assert.equal(readFileSync(join(jars.folder, 'ProducerShared-1.0.jar'), 'utf8'), 'shared');
      assert.equal(readJars({ ...sources, use: 'local' }).ready, true);
    });

    it('are not enough for an account: its jars are built', async () => {
      carry(readJars(sources).hash);
      await local();
      assert.equal(readJars(sources).ready, false);
      const jars = await build();
      assert.equal(readFileSync(jars.path('ProducerCrypto-1.0.jar'), 'utf8'), 'ProducerCrypto-1.0\n');
    });

    it('count for nothing when they are of other sources', async () => {
      carry('0123456789abcdef');
      const jars = await local();
      assert.equal(readFileSync(jars.path('Broker-1.0.jar'), 'utf8'), 'Broker-1.0\n');
    });
  });

  it('lists the jars of the local jobs in a fixed order', () => {
    const names = readJars(sources).spark.map((path) => basename(path));
    assert.deepEqual(names, [...names].sort());
    assert.equal(names.at(-1), 'LakeLocal-1.0.jar');
  });
});

describe('the lock of the servers', () => {
  it('names jars whose hash is known, for each server', () => {
    const known = readLock(process.cwd());
    const lines = readFileSync(serverLockFile(process.cwd()), 'utf8').trim().split('\n');
    const places = lines.map((line) => line.split('  '));
    for (const [, place = ''] of places) assert.ok(known.has(place), place);
    for (const id of serverIds) assert.ok(places.filter(([server]) => server === id).length > 10, id);
  });
});
