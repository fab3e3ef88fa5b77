import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { elasticsearchServer } from '../../../../src/local/parts/elasticsearch.ts';
import { readJvmOptions, partEnv, type Jvm, type JvmPart } from '../../../../src/local/parts/jvm.ts';
import { asksForCredential, kafkaConfigFile, renderKafkaConfig } from '../../../../src/local/parts/kafka-config.ts';
import { kafkaServer } from '../../../../src/local/parts/kafka.ts';
import { producerProcess } from '../../../../src/local/parts/producer.ts';
import { sparkJobs, sparkTask } from '../../../../src/local/parts/spark.ts';
import { temporaryFolder, writeFiles } from '../../../support/folders.ts';

const jvm: Jvm = {
  javaHome: '/jdk',
  options: ['-XX:+UseSerialGC'],
  heap: { initial: 96, most: 256 },
  archive: { path: '/cache/archives/part.jsa', mode: 'use' },
  temporary: '/lake/tmp',
};
const jvmStart = [
  '-Xms96m',
  '-Xmx256m',
  '-XX:MinHeapFreeRatio=20',
  '-XX:MaxHeapFreeRatio=40',
  ...(process.platform === 'linux' ? ['-XX:+IgnoreUnrecognizedVMOptions', '-XX:TrimNativeHeapInterval=60000'] : []),
  '-XX:+UseSerialGC',
  '-Xshare:auto',
  '-XX:SharedArchiveFile=/cache/archives/part.jsa',
  '-Xlog:cds=off',
  '-Xlog:cds+dynamic=off',
  '-XX:+UnlockDiagnosticVMOptions',
  '-XX:ArchiveRelocationMode=0',
  '-Djava.io.tmpdir=/lake/tmp',
  '-Djna.tmpdir=/lake/tmp',
  '-Duser.timezone=UTC',
];

describe('processes of the lake', () => {
  const kafka = {
    jvm,
    title: 'Kafka 4.4.0',
    jars: ['/servers/kafka/lib/a.jar', '/servers/kafka/lib/b.jar'],
    brokerJar: '/jars/Broker-1.0.jar',
    templates: '/package/templates',
    folder: '/lake/kafka',
    log: '/lake/logs/kafka.log',
    port: 29092,
    controllerPort: 29093,
    syncedWithin: 1,
    credential: '/lake/credential',
    access: 'credential' as const,
  };

  const elasticsearch = {
    jvm,
    title: 'Elasticsearch 8.19.21',
    home: '/servers/es',
    nodeJar: '/jars/SearchNode-1.0.jar',
    guardJar: '/jars/SearchGuard-1.0.jar',
    templates: '/package/templates',
    folder: '/lake/elasticsearch',
    cluster: 'cryptodm',
    log: '/lake/logs/elasticsearch.log',
    port: 29200,
  };

  it('start Kafka', () => {
    assert.deepEqual(kafkaServer(kafka), {
      id: 'kafka',
      title: 'Kafka 4.4.0',
      command: '/jdk/bin/java',
      args: [
        ...jvmStart,
        '-Dlog4j2.configurationFile=/package/templates/kafka/log4j2.properties',
        '-cp',
        '/servers/kafka/lib/a.jar:/servers/kafka/lib/b.jar:/jars/Broker-1.0.jar',
        'io.cryptodm.broker.Broker',
        '/lake/kafka/server.properties',
      ],
      env: partEnv,
      cwd: '/lake/kafka',
      log: '/lake/logs/kafka.log',
      graceMs: 20_000,
      ports: [29092, 29093],
    });
  });

  it('tell the servers whose they are', () => {
    assert.equal(kafkaServer({ ...kafka, clusterId: 'some-id' }).args.at(-1), 'some-id');
    assert.deepEqual(elasticsearchServer({ ...elasticsearch, lake: 'some-id' }).args.slice(-2), ['--lake', 'some-id']);
    const closed = elasticsearchServer({ ...elasticsearch, credential: '/lake/credential' });
    assert.deepEqual(closed.args.slice(-2), ['--credential', '/lake/credential']);
  });

  it('start Elasticsearch with its jars on the module path', () => {
    const daemon = elasticsearchServer(elasticsearch);
    assert.deepEqual(daemon.args, [
      ...jvmStart,
      ...['--module-path', '/servers/es/lib', '--add-modules', 'org.elasticsearch.server,ALL-MODULE-PATH'],
      ...['-cp', '/jars/SearchNode-1.0.jar', 'io.cryptodm.search.SearchNode'],
      ...['--home', '/servers/es', '--config', '/package/templates/elasticsearch'],
      ...['--data', '/lake/elasticsearch/data', '--logs', '/lake/elasticsearch/logs'],
      ...['--guard', '/jars/SearchGuard-1.0.jar', '--transport', '/lake/elasticsearch/transport'],
      ...['--port', '29200', '--cluster', 'cryptodm'],
    ]);
    assert.deepEqual(daemon.ports, [29200]);
  });

  const jars = { server: ['/spark/a.jar'], ours: ['/jars/IcebergOptimize-1.0.jar', '/jars/LakeLocal-1.0.jar'] };

  it('start all stream jobs in one process', () => {
    const daemon = sparkJobs({
      jvm,
      title: 'Spark 3.5.7',
      jars,
      spec: '/lake/run/lake.json',
      cores: 6,
      folder: '/lake/tmp',
      log: '/lake/logs/spark.log',
    });
    assert.deepEqual(daemon.args, [
      ...jvmStart,
      '-Diceberg.scan.plan-in-worker-pool=false',
      '-Dspark.master=local[6]',
      ...['-cp', '/spark/a.jar:/jars/IcebergOptimize-1.0.jar:/jars/LakeLocal-1.0.jar'],
      ...['io.cryptodm.local.LakeJobs', '--spec', '/lake/run/lake.json'],
    ]);
    assert.equal(daemon.env['SPARK_LOCAL_IP'], '127.0.0.1');
  });

  it('run a task on the same class path', () => {
    const task = sparkTask({
      jvm,
      jars,
      spec: '/s',
      mainClass: 'io.cryptodm.local.Functions',
      args: ['create-tables'],
    });
    assert.deepEqual(task.args.slice(-4), ['io.cryptodm.local.Functions', '--spec', '/s', 'create-tables']);
  });

  it('start a producer, with its keys in the environment only', () => {
    const daemon = producerProcess({
      id: 'quotes',
      jvm: { ...jvm, archive: undefined },
      jar: '/jars/ProducerCrypto-1.0.jar',
      spec: '/lake/run/lake.json',
      progressFile: '/lake/run/producer-quotes.json',
      flags: { source: 'simulate', rate: undefined },
      env: { KEY: 'secret' },
      folder: '/lake/tmp',
      log: '/lake/logs/producer-quotes.log',
    });
    assert.equal(daemon.id, 'producer-quotes');
    assert.deepEqual(daemon.args.slice(-8), [
      ...['-jar', '/jars/ProducerCrypto-1.0.jar', '--spec', '/lake/run/lake.json'],
      ...['--progress-file', '/lake/run/producer-quotes.json', '--source', 'simulate'],
    ]);
    assert.deepEqual(daemon.env, { ...partEnv, KEY: 'secret' });
    assert.ok(!daemon.args.join(' ').includes('secret'));
  });

  it('write an archive in a training run, with time to do so', () => {
    const training = kafkaServer({ ...kafka, jvm: { ...jvm, archive: { path: '/a.jsa', mode: 'train' } } });
    assert.ok(training.args.includes('-XX:ArchiveClassesAtExit=/a.jsa'));
    assert.ok(!training.args.some((argument) => argument.startsWith('-XX:SharedArchiveFile')));
    assert.equal(training.graceMs, 120_000);
  });

  it('render the configuration of Kafka for its folder and ports', () => {
    const template =
      'listeners=BROKER://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}\nlog.dirs=${logFolder}\n';
    assert.equal(
      renderKafkaConfig(template, kafka),
      'listeners=BROKER://127.0.0.1:29092,CONTROLLER://127.0.0.1:29093\nlog.dirs=/lake/kafka/log\n',
    );
  });

  it('let Kafka sync within the time that a record may be unsafe, or each record', () => {
    const template =
      'log.flush.interval.ms=${syncMs}\nlog.flush.scheduler.interval.ms=${lookMs}\nlog.flush.interval.messages=${syncRecords}\n';
    assert.equal(
      renderKafkaConfig(template, kafka),
      'log.flush.interval.ms=500\nlog.flush.scheduler.interval.ms=100\nlog.flush.interval.messages=9223372036854775807\n',
    );
    assert.equal(
      renderKafkaConfig(template, { ...kafka, syncedWithin: 0 }),
      'log.flush.interval.ms=1000\nlog.flush.scheduler.interval.ms=200\nlog.flush.interval.messages=1\n',
    );
  });

  it('let Kafka sync from its start on', () => {
    const template = readFileSync('templates/kafka/server.properties', 'utf8');
    assert.match(renderKafkaConfig(template, kafka), /^log\.initial\.task\.delay\.ms=500$/m);
  });
});

describe('the configuration of Kafka', () => {
  const root = temporaryFolder();

  it('names a folder of any letters in the way that a properties file is read', () => {
    const paths = { folder: '/é 🪙 50%/$x', credential: '/é:1/credential' };
    const server = { ...paths, port: 1, controllerPort: 2, syncedWithin: 1, access: 'open' as const };
    const rendered = renderKafkaConfig('log.dirs=${logFolder}\nfile=${credential}', server);
    assert.equal(rendered, 'log.dirs=/\\u00e9 \\ud83e\\ude99 50%/$x/log\nfile=/\\u00e9:1/credential');
  });

  it('asks clients to sign in unless the settings open the broker, and the controller always', () => {
    const template = readFileSync('templates/kafka/server.properties', 'utf8');
    const config = {
      folder: '/lake/kafka',
      credential: '/lake/credential',
      port: 1,
      controllerPort: 2,
      syncedWithin: 1,
    };
    const map = (access: 'credential' | 'open') =>
      /^listener\.security\.protocol\.map=(.*)$/m.exec(renderKafkaConfig(template, { ...config, access }))?.[1];
    assert.equal(map('credential'), 'BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT');
    assert.equal(map('open'), 'BROKER:PLAINTEXT,CONTROLLER:SASL_PLAINTEXT');
    assert.doesNotMatch(
      renderKafkaConfig(template, { ...config, access: 'open' }),
      /\$\{\w+\}/,
      'nothing is left open',
    );
  });

  it('says of the broker that runs whether it asks its clients to sign in', () => {
    const { path: folder } = root;
    const file = kafkaConfigFile(folder);
    assert.equal(asksForCredential(folder), undefined);
    const found = ['BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT', 'BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT', ''].map(
      (map) => {
        writeFileSync(file, `port=1\nlistener.security.protocol.map=${map}\n`);
        return asksForCredential(folder);
      },
    );
    assert.deepEqual(found, [false, true, undefined]);
  });
});

describe('readJvmOptions', () => {
  const root = temporaryFolder();

  it('reads one argument a line and skips comments', () => {
    writeFiles(root.path, { 'jvm/kafka.options': '# why\n-Xss512k\n\n  -Dname=a value  \n' });
    assert.deepEqual(readJvmOptions(root.path, 'kafka'), ['-Xss512k', '-Dname=a value']);
  });

  for (const part of ['kafka', 'elasticsearch', 'spark', 'producer'] satisfies JvmPart[]) {
    it(`finds arguments only, for ${part}`, () => {
      for (const option of readJvmOptions('templates', part)) assert.match(option, /^-/);
    });
  }
});
