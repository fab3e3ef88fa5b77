import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { readObjectBytes } from '../../../src/aws/services/objects.ts';
import { javaCommand, readJvmOptions } from '../../../src/local/parts/jvm.ts';
import { fetchClusterJars, javaHome, prepareServers } from './java.ts';

/**
 * Runs a step of a cluster on this machine: `node --import tsx spark-submit.ts spark-submit <submitted arguments>`. Spark's own `SparkSubmit`
 * gets them, without the options for place and size. The rest is in the environment, as on a cluster: `AWS_ENDPOINT_URL`, `AWS_REGION`,
 * the keys, and `CRYPTODM_TEST_TRUSTSTORE` with `CRYPTODM_TEST_TRUSTSTORE_PASSWORD` for trusted certificates. TERM ends it in order.
 */

/** Options of spark-submit for place and size; each has a value. */
const places = new Set([
  ...['--master', '--deploy-mode', '--queue', '--num-executors', '--total-executor-cores'],
  ...['--driver-memory', '--driver-cores', '--executor-memory', '--executor-cores'],
]);
const sizes = /^spark\.((driver|executor)\.(memory|memoryOverhead|cores|instances)|dynamicAllocation\.|yarn\.)/;
/** The options without a value. */
const flags = new Set(['--verbose', '--supervise']);

export interface Submission {
  /** the remaining options */
  options: string[];
  /** URI or path of the application */
  jar: string;
  /** arguments of the application */
  args: string[];
}

/** @throws Error when there is no jar */
export function readSubmission(submitted: readonly string[]): Submission {
  const options: string[] = [];
  let at = 0;
  for (; submitted[at]?.startsWith('--') === true; at += 1) {
    const option = submitted[at] ?? '';
    if (flags.has(option)) {
      options.push(option);
      continue;
    }
    at += 1;
    const value = submitted[at] ?? '';
    if (places.has(option) || (option === '--conf' && sizes.test(value))) continue;
    options.push(option, value);
  }
  const jar = submitted[at];
  if (jar === undefined) throw new Error(`no application stands in: ${submitted.join(' ')}`);
  return { options, jar, args: submitted.slice(at + 1) };
}

/** The settings for s3:// in a cluster's `core-site.xml`. https://hadoop.apache.org/docs/r3.3.4/hadoop-aws/tools/hadoop-aws/index.html */
export function renderCoreSite(endpoint: string | undefined, region: string): string {
  const properties = {
    'fs.s3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem',
    'fs.s3a.aws.credentials.provider': 'com.amazonaws.auth.EnvironmentVariableCredentialsProvider',
    'fs.s3a.endpoint.region': region,
    'fs.s3a.fast.upload.buffer': 'bytebuffer',
    'fs.s3a.threads.max': '4',
    ...(endpoint === undefined
      ? {}
      : {
          'fs.s3a.endpoint': endpoint,
          'fs.s3a.path.style.access': 'true',
          'fs.s3a.connection.ssl.enabled': String(endpoint.startsWith('https:')),
        }),
  };
  const lines = Object.entries(properties).map(
    ([name, value]) => ` <property><name>${name}</name><value>${value}</value></property>`,
  );
  return `<configuration>\n${lines.join('\n')}\n</configuration>\n`;
}

async function main(command: string | undefined, submitted: string[]): Promise<number> {
  if (command !== 'spark-submit') throw new Error(`only spark-submit is run, not ${command ?? 'nothing'}`);
  const { env } = process;
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const submission = readSubmission(submitted);
  const folder = mkdtempSync(join(tmpdir(), 'cryptodm-step-'));
  try {
    const conf = join(folder, 'conf');
    mkdirSync(conf);
    writeFileSync(join(conf, 'core-site.xml'), renderCoreSite(env['AWS_ENDPOINT_URL'], region));
    const jar = await fetchJar(submission.jar, folder, region);
    const args = await javaArgs(folder, conf);
    return await run([...args, ...submission.options, jar, ...submission.args], folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function fetchJar(uri: string, folder: string, region: string): Promise<string> {
  const [, bucket, key] = /^s3a?:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) return uri;
  const bytes = await readObjectBytes({ region }, bucket, key);
  if (bytes === undefined) throw new Error(`${uri} does not exist`);
  const path = join(folder, basename(key));
  writeFileSync(path, bytes);
  return path;
}

/**
 * The class path of a cluster.
 * @param isFit of what a cluster has besides Spark: which of it is there
 */
export async function clusterJars(isFit: (jar: string) => boolean = () => true): Promise<string[]> {
  const { spark } = await prepareServers();
  // On a cluster the Kafka client is in the jobs' jars, and Iceberg comes from the cluster.
  const own = /(kafka|sqlite-jdbc|commons-pool2|iceberg)[^/]*\.jar$/;
  return [...spark.jars.filter((jar) => !own.test(jar)), ...(await fetchClusterJars()).filter(isFit)];
}

/**
 * The arguments of Java up to the submitted options.
 * @param more of the class path, besides Spark and what a cluster has
 * @param isFit of what a cluster has: which of it is there
 */
export async function javaArgs(
  folder: string,
  conf: string,
  more: readonly string[] = [],
  isFit: (jar: string) => boolean = () => true,
): Promise<string[]> {
  const jars = [...(await clusterJars(isFit)), ...more];
  const store = process.env['CRYPTODM_TEST_TRUSTSTORE'];
  const password = process.env['CRYPTODM_TEST_TRUSTSTORE_PASSWORD'] ?? '';
  const trust =
    store === undefined
      ? []
      : [`-Djavax.net.ssl.trustStore=${store}`, `-Djavax.net.ssl.trustStorePassword=${password}`];
  const local = {
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.ui.enabled': 'false',
    // Without it Spark refuses heaps below 450 MB; a job of a test needs less.
    'spark.testing.memory': '471859200',
    'spark.local.dir': folder,
    'spark.sql.warehouse.dir': join(folder, 'warehouse'),
  };
  return [
    ...['-Xms128m', '-Xmx384m', ...readJvmOptions(join(import.meta.dirname, '../../../templates'), 'spark')],
    ...[`-Djava.io.tmpdir=${folder}`, '-Duser.timezone=UTC', ...trust],
    ...['-cp', [conf, ...jars].join(delimiter), 'org.apache.spark.deploy.SparkSubmit', '--master', 'local[2]'],
    ...Object.entries(local).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
  ];
}

/** Runs Java to its end and forwards signals to it. @returns its exit code */
export async function run(args: string[], cwd: string): Promise<number> {
  const env = { ...process.env, SPARK_LOCAL_IP: '127.0.0.1' };
  const child = spawn(javaCommand(javaHome()), args, { stdio: 'inherit', cwd, env });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // It has already ended if the signal went to the whole group.
      if (child.exitCode === null) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await main(process.argv[2], process.argv.slice(3));
}
