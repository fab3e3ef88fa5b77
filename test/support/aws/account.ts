import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PolicyStatement } from '../../synth/stack.ts';
import type { LambdaRuntime } from './java.ts';
import { installEmulator } from './python.ts';

/** What the account is like before anything is made in it; what is absent stays as it is. */
export interface AccountConditions {
  /** by service and code, such as `ec2/L-1216C47A`; a new account has 5 vCPUs, addresses and networks, and 10 executions of functions */
  quotas?: Record<string, number>;
  emrReleases?: string[];
  kafkaVersions?: string[];
  /** instance types that a zone does not offer, by zone */
  withheld?: Record<string, string[]>;
  /** instance types of which a zone has none left, by zone */
  exhausted?: Record<string, string[]>;
  /** status of HEAD by the name of a bucket: 403 in another account, 301 in another region */
  foreignBuckets?: Record<string, 403 | 301>;
  /** rights that the caller lacks when it asks for a simulation: `iam:CreateRole`, or `iam:*` for all of a service */
  deniedRights?: string[];
  /** the end of the caller's ARN, such as `user/ana` or `assumed-role/deployer/session` */
  caller?: string;
}

/** Quotas that AWS has raised, so that a lake fits. */
export const raisedQuotas: Record<string, number> = { 'ec2/L-1216C47A': 64, 'lambda/L-B99A9384': 1000 };

export interface AccountOptions {
  /** default: quotas that AWS has raised; everything else as of a new account */
  conditions?: AccountConditions;
  /** `host:port,...` that MSK returns for IAM; absent: names that do not resolve */
  bootstrapBrokers?: string;
  /** command and first arguments of a step; the step's arguments follow them */
  stepRunner?: string[];
  /** command and first arguments of a run of a Glue job; the run as JSON follows them */
  glueRunner?: string[];
  /** seconds in a minute of a job's time limit */
  glueMinuteSeconds?: number;
  /** what tasks of ECS get besides what their definition says: variables, and files of this machine by their paths there */
  containers?: { environment: Record<string, string>; files: Record<string, string> };
  /** commands that start and end the host of an instance; emulator/instances.py describes their input */
  instanceHooks?: { start: string[]; stop: string[] };
  /** runs functions in Java; see `prepareLambdaRuntime` */
  java?: LambdaRuntime;
  /** how long the tagging API goes on listing what has ended; default 600 s, longer than anybody waits */
  tagListSeconds?: number;
  /** URL of the SQL engine behind Athena */
  athenaUrl?: string;
  /** keys of the account's only user, and of an instance's role */
  keys?: { id: string; secret: string };
  /** variables for every process inside the account: steps, functions, hooks */
  environment?: Record<string, string>;
  /** default us-east-1 */
  region?: string;
  /** default: any free one */
  port?: number;
}

/** One call to the account. */
export interface AccountCall {
  /** seconds since 1970 */
  at: number;
  service: string;
  operation: string;
  status: number;
  ms: number;
  error?: string;
}

/** An error that the account returns for matching calls. */
export interface AccountFault {
  /** name of the SDK's model: `s3`, `emr`, `lambda` ...; `*` for all */
  service: string;
  /** absent: all of the service */
  operation?: string;
  /** default 400 */
  status?: number;
  /** such as `ExpiredToken` */
  code: string;
  message?: string;
  /** how many times; absent: until `clearFaults` */
  times?: number;
}

/** A message that was published to an SNS topic. */
export interface AccountMessage {
  at: number;
  /** ARN */
  topic: string;
  subject: string | null;
  message: string;
}

/** An application of YARN on a cluster. */
export interface AccountApplication {
  /** id of the cluster */
  cluster: string;
  name: string;
  /** ACCEPTED while it waits for memory */
  state: 'ACCEPTED' | 'RUNNING';
  mode: 'client' | 'cluster';
  /** MB of its containers */
  memory: number;
}

/** The result of a target of a rule or a schedule; `payload` and `error` are of a function. */
export interface Delivery {
  target: string;
  payload?: unknown;
  error?: string | null;
}

/** The account number that moto uses. */
export const accountId = '123456789012';

/** An AWS account on a loopback port: empty at its start, gone at its end. It is moto, with the additions that `emulator/README.md` lists. */
export class EmulatedAccount {
  private constructor(
    readonly url: string,
    readonly folder: string,
    private readonly process: ChildProcess,
    private readonly options: AccountOptions,
  ) {}

  /** Starts an account; the first time on a machine it installs moto. Call `stop` at the end. */
  static async start(options: AccountOptions = {}): Promise<EmulatedAccount> {
    const python = await installEmulator();
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-account-'));
    const config = join(folder, 'config.json');
    writeFileSync(
      config,
      JSON.stringify({
        port: options.port ?? 0,
        folder: join(folder, 'work'),
        bootstrapBrokers: options.bootstrapBrokers,
        stepRunner: options.stepRunner,
        glueRunner: options.glueRunner,
        glueMinuteSeconds: options.glueMinuteSeconds,
        containers: options.containers,
        instanceHooks: options.instanceHooks,
        athena: options.athenaUrl === undefined ? undefined : { url: options.athenaUrl },
        tagListSeconds: options.tagListSeconds,
        node: process.execPath,
        java: options.java,
        conditions: { quotas: raisedQuotas, ...options.conditions },
      }),
    );
    writeFileSync(join(folder, 'no-profiles'), '');
    const log = openSync(join(folder, 'log'), 'w');
    const child = spawn(python, ['-m', 'emulator', '--config', config], {
      cwd: import.meta.dirname,
      // The emulator ends when its stdin closes, also when this process dies.
      stdio: ['pipe', 'pipe', log],
      env: {
        ...process.env,
        ...options.environment,
        ...identity(folder, options),
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    closeSync(log);
    try {
      return new EmulatedAccount(`http://127.0.0.1:${String(await readPort(child, folder))}`, folder, child, options);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  get region(): string {
    return this.options.region ?? 'us-east-1';
  }

  /** Environment for the command line, Terraform and the SDKs; undefined removes a variable. */
  env(): Record<string, string | undefined> {
    const configuration = process.env['TF_CLI_CONFIG_FILE'];
    return {
      ...identity(this.folder, this.options),
      AWS_ENDPOINT_URL: this.url,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...(configuration !== undefined && !existsSync(configuration) ? { TF_CLI_CONFIG_FILE: undefined } : {}),
    };
  }

  /** Settings of an SDK client for the account. */
  get clientConfig() {
    const { id, secret } = this.options.keys ?? { id: 'test', secret: 'test' };
    return { endpoint: this.url, region: this.region, credentials: { accessKeyId: id, secretAccessKey: secret } };
  }

  /** Invokes the targets of a rule or a schedule, and waits for the functions among them. */
  async fire(name: string): Promise<Delivery[]> {
    return ((await this.ask('POST', 'fire', { name })) as { delivered: Delivery[] }).delivered;
  }

  /** What the service does to a cluster of brokers by itself, such as `MAINTENANCE`. */
  async setStreamState(name: string, state: string): Promise<void> {
    await this.ask('POST', 'stream', { name, state });
  }

  /** The owner of an e-mail address agrees to its subscription. */
  async confirmSubscription(endpoint: string): Promise<void> {
    await this.ask('POST', 'confirm', { endpoint });
  }

  /** The payer of the account activates a tag for cost allocation. */
  async activateCostTag(key: string): Promise<void> {
    await this.ask('POST', 'cost-tag', { key });
  }

  /** From now on only the payer may ask which tags are active. */
  async refuseCostTags(refusal: string): Promise<void> {
    await this.ask('POST', 'cost-tag', { refusal });
  }

  async change(conditions: AccountConditions): Promise<void> {
    await this.ask('POST', 'conditions', conditions);
  }

  async fault(fault: AccountFault): Promise<void> {
    await this.ask('POST', 'faults', fault);
  }

  async clearFaults(): Promise<void> {
    await this.ask('DELETE', 'faults');
  }

  /** The last 20000 calls, oldest first. */
  async calls(): Promise<AccountCall[]> {
    return (await this.ask('GET', 'calls')) as AccountCall[];
  }

  /** Everything published by SNS, oldest first. */
  async messages(): Promise<AccountMessage[]> {
    return (await this.ask('GET', 'sns')) as AccountMessage[];
  }

  /** By role and action: the resources, as the statements of the role write them, by which calls were allowed. */
  async rights(): Promise<Record<string, Record<string, string[]>>> {
    return (await this.ask('GET', 'rights')) as Record<string, Record<string, string[]>>;
  }

  /** The statements of each role that is there, by its name. */
  async statements(): Promise<Record<string, PolicyStatement[]>> {
    return (await this.ask('GET', 'statements')) as Record<string, PolicyStatement[]>;
  }

  /** What YARN runs on all clusters, in the order of submission. */
  async applications(): Promise<AccountApplication[]> {
    return (await this.ask('GET', 'applications')) as AccountApplication[];
  }

  /** The emulator's stderr. */
  log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  /** Ends the emulator and every step, function and host in it. */
  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      const late = setTimeout(() => this.process.kill('SIGKILL'), 60_000);
      await ended;
      clearTimeout(late);
    }
    this.endLeftOver();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends the process groups that a killed emulator left behind. */
  private endLeftOver(): void {
    const noted = join(this.folder, 'work', 'processes');
    for (const group of existsSync(noted) ? readdirSync(noted) : []) {
      try {
        process.kill(-Number(group), 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  private async ask(method: string, what: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}/_emulator/${what}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = (await response.json()) as unknown;
    if (!response.ok) throw new Error(`the emulated account: ${(answer as { error: string }).error}`);
    return answer;
  }
}

/** Keys and region, without the AWS profiles of this machine. */
function identity(folder: string, options: AccountOptions): Record<string, string | undefined> {
  const region = options.region ?? 'us-east-1';
  return {
    AWS_ACCESS_KEY_ID: options.keys?.id ?? 'test',
    AWS_SECRET_ACCESS_KEY: options.keys?.secret ?? 'test',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: join(folder, 'no-profiles'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-profiles'),
    AWS_PROFILE: undefined,
    AWS_SESSION_TOKEN: undefined,
  };
}

/** The port in the first line that the emulator prints. */
async function readPort(child: ChildProcess, folder: string): Promise<number> {
  if (child.stdout === null) throw new Error('the emulator has no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    return (JSON.parse(line) as { port: number }).port;
  }
  throw new Error(`the emulator did not start:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`);
}
