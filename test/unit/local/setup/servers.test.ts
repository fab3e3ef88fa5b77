import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SetupEvent } from '../../../../src/toolchain/events.ts';
import { fetchServers, readServers, type ServerSources } from '../../../../src/local/setup/servers.ts';
import type { BuildTools } from '../../../../src/toolchain/maven.ts';
import { temporaryFolder, writeFiles } from '../../../support/folders.ts';
import { writeZip } from '../../../support/zip.ts';

/** A fake Maven: writes the lists that the goal would write, of jars in a repository. */
const fakeMaven = `#!/bin/sh
echo "$@" >> "$REPOSITORY/runs"
for argument; do
  case $argument in
    -Dmdep.outputFile=*) lists=\${argument#*=}; lists=\${lists%/*} ;;
  esac
done
[ -f "$REPOSITORY/slow" ] && exec sleep 60
[ -f "$REPOSITORY/offline" ] && { echo '[ERROR] Could not transfer artifact a:b:jar:1 from central: Unknown host'; exit 1; }
echo '[INFO] Downloaded from central: https://host/x/kafka-server.jar (1.5 MB at 3.0 MB/s)'
echo '[INFO] Downloaded from central: https://host/x/kafka-server.pom (2.0 kB at 3.0 kB/s)'
for id in kafka elasticsearch spark; do
  printf '%s' "$(find "$REPOSITORY/$id" -name '*.jar' | sort | tr '\\n' ':' | sed 's/:$//')" > "$lists/$id"
done
`;

const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');

describe('fetchServers', () => {
  const root = temporaryFolder();
  const events: SetupEvent[] = [];
  let sources: ServerSources;

  beforeEach(() => {
    events.length = 0;
    sources = { packageFolder: join(root.path, 'package'), cache: join(root.path, 'cache') };
    writeFiles(root.path, {
      'package/jars/pom.xml':
        '<project><properties><kafka.version>4.4.0</kafka.version><spark.version>3.5.7</spark.version>' +
        '<elasticsearch.version>8.19.21</elasticsearch.version></properties></project>',
      'mvn*': fakeMaven,
      'repository/kafka/readme': '',
      'repository/elasticsearch/io/netty/readme': '',
      'repository/spark/readme': '',
    });
    for (const id of ['kafka', 'elasticsearch', 'spark']) {
      const properties = '<properties><fetch.megabytes>40</fetch.megabytes></properties>';
      writeFiles(root.path, {
        [`package/jars/servers/${id}/pom.xml`]: `<project>${properties}\${${id}.version}</project>`,
      });
    }
    const jar = (path: string, entries = { 'a.class': 'x' }) => writeZip(join(root.path, 'repository', path), entries);
    jar('kafka/kafka-server.jar');
    jar('kafka/kafka-clients.jar');
    jar('spark/spark-sql.jar');
    jar('elasticsearch/elasticsearch-8.jar');
    jar('elasticsearch/io/netty/netty-common-4.jar');
    jar('elasticsearch/transport-netty4-8.jar', {
      'META-INF/es-plugins/transport-netty4/plugin-descriptor.properties': 'name=transport-netty4\n',
    } as never);
    const repository = join(root.path, 'repository');
    const jars = readdirSync(repository, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jar'));
    const lines = jars.map((name) => `${hashOf(readFileSync(join(repository, name)))}  ${name}\n`);
    writeFileSync(join(sources.packageFolder, 'jars/artifacts.lock'), lines.join(''));
    process.env.REPOSITORY = repository;
  });
  afterEach(() => {
    delete process.env.REPOSITORY;
  });

  const toolchain = async (): Promise<BuildTools> => ({
    jdk: { home: '/jdk', version: '17.0.1', major: 17, compiles: true },
    maven: { command: join(root.path, 'mvn'), version: '3.9.9' },
  });
  const fetch = (signal?: AbortSignal) => fetchServers(sources, toolchain, (event) => events.push(event), signal);
  const runs = () => readFileSync(join(root.path, 'repository/runs'), 'utf8').trim().split('\n');

  it('lays all servers out with one run of Maven', async () => {
    const servers = await fetch();
    assert.equal(runs().length, 1);
    assert.match(runs()[0] ?? '', /--projects kafka,elasticsearch,spark .*-Dkafka\.version=4\.4\.0/);
    assert.equal(servers.kafka.title, 'Kafka 4.4.0');
    assert.match(servers.kafka.folder, /servers\/kafka-4\.4\.0-[0-9a-f]{12}$/);
    assert.deepEqual(
      servers.kafka.jars.map((path) => basename(path)),
      ['kafka-clients.jar', 'kafka-server.jar'],
    );
  });

  it('lays Elasticsearch out as a home folder with its transport as a module', async () => {
    const { elasticsearch } = await fetch();
    assert.deepEqual(readdirSync(join(elasticsearch.folder, 'lib')), ['elasticsearch-8.jar']);
    const module = join(elasticsearch.folder, 'modules/transport-netty4');
    assert.deepEqual(readdirSync(module), [
      'netty-common-4.jar',
      'plugin-descriptor.properties',
      'transport-netty4-8.jar',
    ]);
    assert.equal(readFileSync(join(module, 'plugin-descriptor.properties'), 'utf8'), 'name=transport-netty4\n');
  });

  it('tells how much has arrived, counting jars only', async () => {
    await fetch();
    assert.deepEqual(
      events.find((event) => event.kind === 'progress'),
      { kind: 'progress', what: 'servers', detail: 'kafka-server.jar', bytes: 1_500_000, totalBytes: 120_000_000 },
    );
    assert.equal(events.at(-1)?.kind, 'done');
  });

  describe('with a folder that has the jars', () => {
    const repository = () => join(root.path, 'repository');
    const fetchThere = () =>
      fetchServers(
        { ...sources, artifacts: repository() },
        () => assert.fail('Maven is not needed'),
        (event) => events.push(event),
      );
    beforeEach(() => {
      const jars = readdirSync(repository(), { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('.jar'),
      );
      const lines = jars.map((name) => `${name.split('/')[0] ?? ''}  ${name}\n`);
      writeFileSync(join(sources.packageFolder, 'jars/servers.lock'), lines.join(''));
    });

    it('takes them from there, without Maven', async () => {
      const { kafka, elasticsearch } = await fetchThere();
      assert.deepEqual(
        kafka.jars.map((path) => basename(path)),
        ['kafka-clients.jar', 'kafka-server.jar'],
      );
      assert.ok(existsSync(join(elasticsearch.folder, 'modules/transport-netty4/netty-common-4.jar')));
    });

    it('names the jar that is not there', async () => {
      rmSync(join(repository(), 'spark/spark-sql.jar'));
      await assert.rejects(fetchThere(), { kind: 'environment', where: join(repository(), 'spark/spark-sql.jar') });
      assert.equal(readServers(sources).spark.ready, false);
    });

    it('takes no jar with another content than the lock names', async () => {
      writeFileSync(join(repository(), 'kafka/kafka-clients.jar'), 'other');
      await assert.rejects(fetchThere(), { kind: 'environment', where: join(repository(), 'kafka/kafka-clients.jar') });
      assert.equal(readServers(sources).kafka.ready, false);
    });
  });

  it('starts and reports nothing when all is there', async () => {
    await fetch();
    events.length = 0;
    await fetchServers(
      sources,
      () => assert.fail('nothing is to be built'),
      (event) => events.push(event),
    );
    assert.deepEqual(events, []);
  });

  it('fetches a truncated jar again, and only that server', async () => {
    const { spark } = await fetch();
    truncateSync(spark.jars[0] ?? '', 10);
    assert.equal(readServers(sources).spark.ready, false);
    assert.equal(readServers(sources).kafka.ready, true);
    await fetch();
    assert.match(runs()[1] ?? '', /--projects spark /);
    assert.equal(readServers(sources).spark.ready, true);
  });

  it('uses another folder for another version', async () => {
    const before = readServers(sources).kafka.folder;
    const pom = join(sources.packageFolder, 'jars/pom.xml');
    writeFileSync(pom, readFileSync(pom, 'utf8').replace('4.4.0', '4.4.1'));
    assert.notEqual(readServers(sources).kafka.folder, before);
  });

  it('names a jar that is broken in the local repository', async () => {
    const broken = join(root.path, 'repository/kafka/kafka-server.jar');
    truncateSync(broken, 20);
    await assert.rejects(fetch(), { kind: 'environment', where: broken });
    assert.equal(readServers(sources).kafka.ready, false);
  });

  it('takes no jar with another content than the lock names', async () => {
    const jar = join(root.path, 'repository/spark/spark-sql.jar');
    writeZip(jar, { 'a.class': 'y' });
    const message = /another one than this version was tested with/;
    await assert.rejects(fetch(), { kind: 'environment', where: jar, message });
    assert.equal(readServers(sources).spark.ready, false);
  });

  it('takes no jar that the lock does not name', async () => {
    const unknown = join(root.path, 'repository/spark/unknown.jar');
    writeZip(unknown, { 'a.class': 'x' });
    const message = /^unknown\.jar is not in jars\/artifacts\.lock/;
    await assert.rejects(fetch(), { kind: 'internal', where: unknown, message });
    assert.equal(readServers(sources).spark.ready, false);
  });

  it('lets Maven refuse what arrives with a wrong checksum', async () => {
    await fetch();
    assert.match(runs()[0] ?? '', /--strict-checksums/);
  });

  it('says that a download failed, with the log', async () => {
    writeFiles(root.path, { 'repository/offline': '' });
    await assert.rejects(fetch(), (error: { kind: string; message: string; where: string }) => {
      assert.equal(error.kind, 'outside');
      assert.match(error.message, /Could not transfer artifact/);
      assert.ok(existsSync(error.where));
      return true;
    });
  });

  it('ends Maven when it is interrupted, and goes on later', async () => {
    writeFiles(root.path, { 'repository/slow': '' });
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(), 300);
    await assert.rejects(fetch(interruption.signal), { kind: 'interrupted' });
    assert.deepEqual(existsSync(join(sources.cache, 'servers')), false);
  });

  it('lets two runs at once end well', async () => {
    const [one, two] = await Promise.all([fetch(), fetch()]);
    assert.deepEqual(one, two);
    assert.equal(readServers(sources).spark.ready, true);
  });
});
