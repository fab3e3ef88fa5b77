import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import { javaCommand } from '../../../src/local/parts/jvm.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { EmulatedAccount } from '../../support/aws/account.ts';
import { startBrokers, type Brokers } from '../../support/aws/brokers.ts';
import { fetchClusterJars, javaHome, prepareJars, prepareServers } from '../../support/aws/java.ts';
import { emulatorUnavailable } from '../../support/aws/python.ts';
import { readSubmission, renderCoreSite } from '../../support/aws/spark-submit.ts';
import { skipWithout } from '../../support/skipping.ts';

describe('the replacement of a cluster', () => {
  it('uses all of a submission except place and size', () => {
    const submitted = ['--deploy-mode', 'cluster', '--master', 'yarn', '--name', 'job', '--class', 'a.B'];
    const sizes = ['--conf', 'spark.executor.memory=1500m', '--conf', 'spark.yarn.maxAppAttempts=2'];
    const kept = ['--conf', 'spark.sql.shuffle.partitions=2'];
    assert.deepEqual(readSubmission([...submitted, ...sizes, ...kept, 's3://b/k.jar', '--spec', 's3://b/s.json']), {
      options: ['--name', 'job', '--class', 'a.B', ...kept],
      jar: 's3://b/k.jar',
      args: ['--spec', 's3://b/s.json'],
    });
    assert.throws(() => readSubmission(['--class', 'a.B']), /no application/);
  });

  it('finds s3:// at the given endpoint, with the bucket in the path', () => {
    const site = renderCoreSite('http://127.0.0.1:5000', 'eu-west-1');
    assert.match(site, /fs\.s3a\.endpoint<\/name><value>http:\/\/127\.0\.0\.1:5000</);
    assert.match(site, /fs\.s3a\.path\.style\.access<\/name><value>true</);
    assert.doesNotMatch(renderCoreSite(undefined, 'eu-west-1'), /endpoint</);
  });
});

describe('a job of a cluster', function () {
  this.timeout(900_000);
  let account: EmulatedAccount;
  let brokers: Brokers;
  let folder: string;
  let s3: S3Client;
  const steps: ChildProcess[] = [];
  let environment: Record<string, string | undefined>;
  const spec = 's3://acme-artifacts/spec/lake.json';

  before(async function () {
    skipWithout(this, await emulatorUnavailable());
    folder = mkdtempSync(join(tmpdir(), 'cryptodm-steps-'));
    brokers = await startBrokers();
    account = await EmulatedAccount.start();
    s3 = new S3Client({ ...account.clientConfig, forcePathStyle: true });
    environment = {
      ...account.env(),
      CRYPTODM_TEST_TRUSTSTORE: brokers.truststore,
      CRYPTODM_TEST_TRUSTSTORE_PASSWORD: brokers.password,
    };
    await prepareLake();
  });

  after(async () => {
    for (const step of steps) endGroup(step, 'SIGKILL');
    s3.destroy();
    await account.stop();
    await brokers.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Buckets, jars, spec, topics, tables: what exists before the first step. */
  const prepareLake = async () => {
    const jars = await prepareJars();
    const golden = JSON.parse(readFileSync('test/fixtures/spec/lake-aws.json', 'utf8')) as {
      kafka: { bootstrapServers: string };
      producers: { quotes: { keysSecret?: string } };
      jobs: { trigger: string }[];
    };
    golden.kafka.bootstrapServers = brokers.bootstrapServers;
    delete golden.producers.quotes.keysSecret;
    for (const job of golden.jobs) job.trigger = '1 second';
    writeFileSync(join(folder, 'lake.json'), JSON.stringify(golden));
    for (const Bucket of ['acme-artifacts', 'acme-bronze-iceberg-data'])
      await s3.send(new CreateBucketCommand({ Bucket }));
    const put = (Key: string, file: string) =>
      s3.send(new PutObjectCommand({ Bucket: 'acme-artifacts', Key, Body: readFileSync(file) }));
    await put('spec/lake.json', join(folder, 'lake.json'));
    await put('jars/KafkaConsumerCryptoS3-1.0.jar', jars.path('KafkaConsumerCryptoS3-1.0.jar'));
    await put('jars/IcebergOptimize-1.0.jar', jars.path('IcebergOptimize-1.0.jar'));
    const producer = jars.path('ProducerCrypto-1.0.jar');
    await java('-cp', producer, 'io.cryptodm.producer.Topics', '--spec', join(folder, 'lake.json'));
    const count = ['--source', 'simulate', '--rate', '200', '--count', '40'];
    await java('-jar', producer, '--spec', join(folder, 'lake.json'), ...count);
    const spark = (await prepareServers()).spark.jars.filter((path) => !path.includes('iceberg'));
    const classPath = [...spark, ...(await fetchClusterJars()), jars.path('LakeLocal-1.0.jar')].join(delimiter);
    await java('-cp', classPath, 'io.cryptodm.local.Functions', '--spec', join(folder, 'lake.json'), 'create-tables');
  };
  const java = async (...args: string[]) => {
    const trust = [
      `-Djavax.net.ssl.trustStore=${brokers.truststore}`,
      `-Djavax.net.ssl.trustStorePassword=${brokers.password}`,
    ];
    return execa(javaCommand(javaHome()), ['-XX:TieredStopAtLevel=1', ...trust, ...args], { env: environment });
  };

  /** Starts a step in a group of its own, as the emulated cluster does. */
  const submit = (name: string, ...args: string[]) => {
    const runner = join(import.meta.dirname, '../../support/aws/spark-submit.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', runner, 'spark-submit', ...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const log = createWriteStream(join(folder, `${name}.log`));
    steps.push(child);
    child.stderr.pipe(log, { end: false });
    child.stdout.pipe(log, { end: false });
    return { child, ended: once(child, 'exit'), log: () => readFileSync(join(folder, `${name}.log`), 'utf8') };
  };

  interface Progress {
    state: string;
    rows: number;
    inputRows: number;
    triggered: boolean;
  }
  /** The job's progress; undefined before it has any. */
  const progress = async () => {
    try {
      const Key = 'progress/quotes-iceberg.json';
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'acme-artifacts', Key }));
      return JSON.parse((await Body?.transformToString()) ?? '') as Progress;
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  };

  it('fills its table from the topic, reports its progress, ends in order, and its table gets maintenance', async () => {
    const mainClass = 'io.cryptodm.jobs.KafkaConsumerCryptoS3';
    const place = ['--deploy-mode', 'cluster', '--master', 'yarn', '--conf', 'spark.driver.memory=1g'];
    const jar = (name: string) => `s3://acme-artifacts/jars/${name}-1.0.jar`;
    const job = submit('job', ...place, '--class', mainClass, jar('KafkaConsumerCryptoS3'), '--spec', spec);
    const filled = await awaitAnswer(
      async () => {
        if (job.child.exitCode !== null) throw new Error(`the job ended:\n${job.log().slice(-6000)}`);
        const shown = await progress();
        return (shown?.inputRows ?? 0) >= 40 ? shown : undefined;
      },
      { withinMs: 180_000, everyMs: 500 },
    );
    assert.equal(filled?.state, 'running', job.log().slice(-6000));
    endGroup(job.child, 'SIGTERM');
    assert.deepEqual(await job.ended, [0, null], job.log().slice(-3000));

    const table = ['--table', 'crypto_db.crypto_quote'];
    const main = ['--class', 'io.cryptodm.optimize.IcebergOptimize'];
    const maintenance = submit('maintenance', ...place, ...main, jar('IcebergOptimize'), '--spec', spec, ...table);
    assert.deepEqual(await maintenance.ended, [0, null], maintenance.log().slice(-6000));
    assert.match(maintenance.log(), /"event":"optimized","table":"crypto_db\.crypto_quote"/);
  });
});

/** Signals a step and all processes that it started; does nothing when it has ended. */
function endGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
}
