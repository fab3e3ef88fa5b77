import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { freePort } from '../../../src/local/ports.ts';
import { topicRanges } from '../../../src/tools/kafka.ts';
import { runCommand, type Ran } from '../command-line.ts';
import { changeEnvironment } from '../environment.ts';
import { EmulatedAccount } from './account.ts';
import { startBrokers, type Brokers } from './brokers.ts';
import { containersUnavailable } from './containers.ts';
import { ElasticCloud } from './elastic-cloud.ts';
import { configureProvider } from './elastic-cloud/provider.ts';
import { hostAvailable, renderSshConfig } from './host.ts';
import { prepareLambdaRuntime } from './java.ts';
import { emulatorUnavailable } from './python.ts';
import { startSearch, type SearchCluster } from './search.ts';
import { athenaCatalog } from './athena-catalog.ts';
import { startTrino, trinoUnavailable, type Trino } from '../engines/trino.ts';

export const prefix = 'acme-lake';

/** Why no lake in an account can be started here; undefined when it can. */
export async function awsLakeUnavailable(): Promise<string | undefined> {
  return (await terraformUnavailable()) ?? (await emulatorUnavailable()) ?? hostAvailable() ?? trinoUnavailable();
}

/** Why no lake whose producers are containers can be started here; undefined when it can. */
export async function containerLakeUnavailable(): Promise<string | undefined> {
  return (
    (await terraformUnavailable()) ?? (await emulatorUnavailable()) ?? containersUnavailable() ?? trinoUnavailable()
  );
}

/** Why no infrastructure can be made here; undefined when it can. */
export async function terraformUnavailable(): Promise<string | undefined> {
  const ran = await execa('terraform', ['version'], { reject: false, stdin: 'ignore' });
  return ran.failed ? 'Terraform is not installed' : undefined;
}

interface Services {
  account: EmulatedAccount;
  brokers?: Brokers;
  search?: SearchCluster;
  trino?: Trino;
  cloud?: ElasticCloud;
}

/**
 * A lake in an emulated account, controlled through the launcher as by a user. Everything around the account is real: Kafka for MSK, a booted host
 * for EC2, Spark for EMR, Trino for Athena, Elasticsearch for the user's own cluster.
 */
export class AwsTestLake {
  private constructor(
    readonly folder: string,
    readonly services: Services,
    readonly env: Record<string, string | undefined>,
  ) {}

  /** An account with all services, so that events flow. */
  static async whole(): Promise<AwsTestLake> {
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-aws-'));
    const hosts = join(folder, 'hosts');
    mkdirSync(hosts);
    const [accountPort, trinoPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${String(accountPort)}`;
    const brokers = await startBrokers({ iam: url, roles: [`${prefix}-producers`, `${prefix}-jobs-node`] });
    const tsx = [process.execPath, '--import', import.meta.resolve('tsx')];
    const hook = [...tsx, join(import.meta.dirname, 'host', 'hook.ts')];
    const environment = {
      AWS_ENDPOINT_URL: url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
      AWS_REGION: 'us-east-1',
    };
    writeFileSync(join(hosts, 'host.json'), JSON.stringify({ environment, caPem: readFileSync(brokers.ca, 'utf8') }));
    const account = await EmulatedAccount.start({
      port: accountPort,
      bootstrapBrokers: brokers.bootstrapServers,
      stepRunner: [...tsx, join(import.meta.dirname, 'spark-submit.ts')],
      glueRunner: [...tsx, join(import.meta.dirname, 'glue-job.ts')],
      instanceHooks: { start: [...hook, 'start'], stop: [...hook, 'stop'] },
      java: await prepareLambdaRuntime(),
      athenaUrl: `http://127.0.0.1:${String(trinoPort)}`,
      environment: {
        CRYPTODM_TEST_HOSTS: hosts,
        CRYPTODM_TEST_TRUSTSTORE: brokers.truststore,
        CRYPTODM_TEST_TRUSTSTORE_PASSWORD: brokers.password,
      },
    });
    const search = await startSearch();
    const trino = await startTrino(athenaCatalog({ endpoint: url, region: account.region }), trinoPort);
    const ssh = `-F ${join(hosts, 'ssh_config')} -o ControlMaster=auto -o ControlPersist=60s`;
    const services = { account, brokers, search, trino };
    return new AwsTestLake(folder, services, settingsOf(folder, account, search.url, { ANSIBLE_SSH_ARGS: ssh }));
  }

  /** An account whose producers are tasks in containers: their events flow into the topics, and no job reads them. A host never answers there. */
  static async containers(): Promise<AwsTestLake> {
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-aws-'));
    const [accountPort, trinoPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${String(accountPort)}`;
    const brokers = await startBrokers({ iam: url, roles: [`${prefix}-producers`] });
    const trust = `-Djavax.net.ssl.trustStore=/trusted.p12 -Djavax.net.ssl.trustStorePassword=${brokers.password}`;
    const account = await EmulatedAccount.start({
      port: accountPort,
      bootstrapBrokers: brokers.bootstrapServers,
      stepRunner: [
        ...[process.execPath, '--import', import.meta.resolve('tsx')],
        join(import.meta.dirname, 'quiet-step.ts'),
      ],
      containers: { environment: { JAVA_TOOL_OPTIONS: trust }, files: { '/trusted.p12': brokers.truststore } },
      java: await prepareLambdaRuntime(),
      athenaUrl: `http://127.0.0.1:${String(trinoPort)}`,
    });
    const search = await startSearch();
    const trino = await startTrino(athenaCatalog({ endpoint: url, region: account.region }), trinoPort);
    const services = { account, brokers, search, trino };
    return new AwsTestLake(folder, services, settingsOf(folder, account, search.url, await closedHost(folder)));
  }

  /** An account only: infrastructure can be made there, no events flow. */
  static async infrastructure(): Promise<AwsTestLake> {
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-aws-'));
    const account = await EmulatedAccount.start({ bootstrapBrokers: '127.0.0.1:1' });
    const nowhere = `http://127.0.0.1:${String(await freePort())}`;
    return new AwsTestLake(folder, { account }, settingsOf(folder, account, nowhere));
  }

  /** An account and Elastic Cloud: infrastructure and index can be made there, no events flow. */
  static async elasticCloud(): Promise<AwsTestLake> {
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-aws-'));
    const configuration = await configureProvider(folder);
    const cloud = await ElasticCloud.start();
    const environment = { EC_ENDPOINT: cloud.url };
    const account = await EmulatedAccount.start({ bootstrapBrokers: '127.0.0.1:1', environment });
    const more = { EC_ENDPOINT: cloud.url, EC_API_KEY: undefined, TF_CLI_CONFIG_FILE: configuration };
    return new AwsTestLake(folder, { account, cloud }, settingsOf(folder, account, undefined, more));
  }

  get account(): EmulatedAccount {
    return this.services.account;
  }

  /** Runs a command of ours, which may fail. */
  async try(args: string[], more: { env?: Record<string, string | undefined>; input?: string } = {}): Promise<Ran> {
    const ran = await execa(join(process.cwd(), 'cryptodm'), args, {
      cwd: this.folder,
      env: { ...this.env, ...more.env },
      reject: false,
      ...(more.input === undefined ? { stdin: 'ignore' as const } : { input: more.input }),
    });
    return { code: ran.exitCode ?? -1, stdout: String(ran.stdout), stderr: String(ran.stderr) };
  }

  /** Runs a command of ours that must succeed. @returns its stdout */
  async run(...args: string[]): Promise<string> {
    const ran = await this.try(args);
    assert.equal(ran.code, 0, `cryptodm ${args.join(' ')}\n${ran.stdout}\n${ran.stderr}`);
    return ran.stdout;
  }

  /** Stores the user of an existing search cluster, without which nothing is planned. */
  async storeSearchUser(env: Record<string, string | undefined> = {}): Promise<void> {
    const input = JSON.stringify({ username: 'ana', password: 'hidden-word' });
    const stored = await this.try(['secrets', 'set', 'elasticsearch', '--stdin'], { input, env });
    assert.equal(stored.code, 0, stored.stderr);
  }

  /** The last object that a command with --json prints. */
  async json<T>(...args: string[]): Promise<T> {
    const lines = (await this.run(...args, '--json')).trim().split('\n');
    return JSON.parse(lines.at(-1) ?? '') as T;
  }

  /**
   * Runs a command that must succeed in this process, because a start of the launcher costs a second of CPU. Only one at a time.
   * @returns its stdout
   */
  async runHere(...args: string[]): Promise<string> {
    // The AWS SDK reads the environment of the process.
    const restore = changeEnvironment(this.env);
    try {
      const ran = await runCommand(args, { env: { ...process.env }, cwd: this.folder });
      assert.equal(ran.code, 0, `cryptodm ${args.join(' ')}\n${ran.stdout}\n${ran.stderr}`);
      return ran.stdout;
    } finally {
      restore();
    }
  }

  /** The rows of a query, asked in this process. */
  async query<T = Record<string, unknown>>(sql: string): Promise<T[]> {
    return JSON.parse(await this.runHere('query', sql, '--format', 'json')) as T[];
  }

  /** How many records were ever sent to a topic. */
  async recordsOf(topic: string): Promise<number> {
    const ranges = await topicRanges({ bootstrapServers: this.services.brokers?.plainServers ?? '' }, [topic]);
    return Object.values(ranges[topic] ?? {}).reduce((sum, { high }) => sum + high, 0);
  }

  /** Ends all services, in any state of the lake. */
  async end(): Promise<void> {
    const { account, brokers, search, trino, cloud } = this.services;
    await account.stop();
    await Promise.all([brokers?.stop(), search?.stop(), trino?.stop(), cloud?.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The environment in which a host is never reached. @param folder of a file that it names */
export async function closedHost(folder: string): Promise<Record<string, string>> {
  const config = join(folder, 'ssh_config');
  writeFileSync(config, renderSshConfig([{ names: ['*'], port: await freePort() }]));
  return { ANSIBLE_SSH_ARGS: `-F ${config}`, CRYPTODM_AWS_HOST_SSHTIMEOUT: '5s' };
}

function settingsOf(
  folder: string,
  account: EmulatedAccount,
  searchUrl: string | undefined,
  more: Record<string, string | undefined> = {},
): Record<string, string | undefined> {
  return {
    ...account.env(),
    CRYPTODM_PATHS_DATA: join(folder, 'data'),
    CRYPTODM_AWS_CALLER: '203.0.113.7',
    CRYPTODM_ELASTIC_URL: searchUrl,
    CI: 'true',
    ...more,
  };
}
