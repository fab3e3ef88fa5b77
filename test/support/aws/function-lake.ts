import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AthenaClient, CreateWorkGroupCommand } from '@aws-sdk/client-athena';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, type CreateFunctionRequest } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Deployment } from '../../../src/aws/deployment/deployment.ts';
import { declareLake } from '../../../src/lake/declaration.ts';
import type { Lake } from '../../../src/lake/schema.ts';
import { renderSpec } from '../../../src/lake/spec.ts';
import { databaseOf, layers } from '../../../src/lake/databases.ts';
import type { MaintenanceRun } from '../../../src/aws/functions/maintenance-run.ts';
import { awsNames } from '../../../src/aws/names.ts';
import { optimizeLeaseKey, readLease, type HeldLease } from '../../../src/aws/services/lease.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { rightsOf, synthesiseLake, type PolicyStatement, type StackJson } from '../../synth/stack.ts';
import { accountId, type EmulatedAccount } from './account.ts';
import { prepareJars } from './java.ts';

/** The answer of a function; if it failed, its `errorType` and `errorMessage`. */
export interface FunctionAnswer {
  failed: boolean;
  payload: Record<string, unknown>;
  log: string;
}

const nowhere = { coinbase: 'http://127.0.0.1:9', kraken: 'http://127.0.0.1:9', 'alpaca-stream': 'http://127.0.0.1:9' };

/** What the rights of its functions depend on. */
interface Variant {
  upkeep: Deployment['aws']['upkeep'];
  /** of the producers; absent: they have a host */
  containers?: Deployment['containers'];
}

/** Buckets, catalog, workgroup, alerts and the functions of a lake in an emulated account, without the rest of the stack. */
export class FunctionLake {
  readonly prefix = 'acme';
  readonly artifacts = `${this.prefix}-artifacts`;
  readonly workgroup = `${this.prefix}-lake`;
  readonly bronze = `${this.prefix}-bronze-iceberg-data`;
  readonly database: string;
  readonly config: EmulatedAccount['clientConfig'];

  private constructor(
    readonly account: EmulatedAccount,
    private readonly databasePrefix: string,
    readonly lake: Lake,
    private readonly variant: Variant,
  ) {
    this.database = databaseOf('bronze', databasePrefix);
    this.config = account.clientConfig;
  }

  /** @param databasePrefix prefix of the names of the lake's databases */
  static async make(
    account: EmulatedAccount,
    databasePrefix = '',
    variant: Variant = { upkeep: 'athena' },
  ): Promise<FunctionLake> {
    const lake = declareLake(['BTC/USD', 'LTC/USD'], databasePrefix);
    const made = new FunctionLake(account, databasePrefix, lake, variant);
    const s3 = made.s3();
    await s3.send(new CreateBucketCommand({ Bucket: made.artifacts }));
    for (const layer of layers) {
      const bucket = awsNames(made.prefix).buckets[layer];
      const name = databaseOf(layer, databasePrefix);
      await s3.send(new CreateBucketCommand({ Bucket: bucket }));
      await new GlueClient(made.config).send(
        new CreateDatabaseCommand({ DatabaseInput: { Name: name, LocationUri: `s3://${bucket}/${name}` } }),
      );
    }
    await new AthenaClient(made.config).send(
      new CreateWorkGroupCommand({
        Name: made.workgroup,
        Configuration: { ResultConfiguration: { OutputLocation: `s3://${made.artifacts}/athena/` } },
      }),
    );
    await new SNSClient(made.config).send(new CreateTopicCommand({ Name: `${made.prefix}-alerts` }));
    await made.declare(lake);
    return made;
  }

  /** Writes another spec for the lake. */
  async declare(lake: Lake): Promise<void> {
    const text = JSON.stringify(
      renderSpec(lake, {
        kafka: { bootstrapServers: '127.0.0.1:9', properties: {}, replication: 3 },
        catalog: {
          name: 'lake',
          properties: {
            'catalog-impl': 'org.apache.iceberg.aws.glue.GlueCatalog',
            'io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
            warehouse: `s3://${this.bronze}`,
          },
        },
        views: true,
        search: { url: 'http://127.0.0.1:9' },
        generations: {},
        topicBytes: 4_000_000_000,
        checkpoints: `s3://${this.artifacts}/checkpoints`,
        progress: `s3://${this.artifacts}/progress`,
        triggers: {
          quotes: '15 seconds',
          trades: '15 seconds',
          market: '15 seconds',
          search: '5 seconds',
          layers: '1 minute',
        },
        quotes: {
          source: 'auto',
          pollSeconds: 5,
          historySeconds: 0,
          alpacaUrl: 'http://127.0.0.1:9',
          rate: 0,
          speed: 1,
          seed: 1,
        },
        trades: { rate: 0, users: 1, seed: 1 },
        market: { streams: nowhere, urls: nowhere, bars: {} },
      }),
    );
    await this.put('spec/lake.json', text);
  }

  /** Writes an object of the artifacts bucket. */
  async put(key: string, text: string): Promise<void> {
    await this.s3().send(new PutObjectCommand({ Bucket: this.artifacts, Key: key, Body: text }));
  }

  /** The stack of a lake with this prefix. */
  stack(): StackJson {
    const { upkeep, containers } = this.variant;
    return synthesiseLake({
      aws: { prefix: this.prefix, upkeep },
      containers,
      databases: layers.map((layer) => ({ name: databaseOf(layer, this.databasePrefix), layer })),
    });
  }

  /** The statements of a function's role, as the stack writes them. */
  statementsOf(name: string): PolicyStatement[] {
    const text = JSON.stringify(rightsOf(this.stack(), `functions_${name}_role_`));
    return JSON.parse(text.replace(/\$\{aws_sns_topic[^}]*\}/g, this.alerts)) as PolicyStatement[];
  }

  private get alerts(): string {
    return `arn:aws:sns:${this.account.region}:${accountId}:${this.prefix}-alerts`;
  }

  /** @returns ARN of a role with just these rights */
  async createRole(
    name: string,
    statements: readonly PolicyStatement[],
    service = 'lambda.amazonaws.com',
  ): Promise<string> {
    const iam = new IAMClient(this.config);
    const RoleName = `${this.prefix}-${name}`;
    const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
    const document = (Statement: readonly unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document([trust]) }));
    const PolicyDocument = document(statements);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'rights', PolicyDocument }));
    return Role?.Arn ?? '';
  }

  /** @param more variables in addition to those of every function @returns the ARN */
  async createFunction(name: string, more: Record<string, string> = {}): Promise<string> {
    const { FunctionArn } = await new LambdaClient(this.config).send(
      new CreateFunctionCommand({
        FunctionName: `${this.prefix}-${name}`,
        Role: await this.createRole(name, this.statementsOf(name)),
        ...(await codeOf(name)),
        Timeout: 120,
        Environment: { Variables: { ...this.environment(), ...more } },
      }),
    );
    assert.ok(FunctionArn);
    return FunctionArn;
  }

  /** Makes a rule that sends events of a service to a function. */
  async subscribe(functionArn: string, name: string, pattern: object): Promise<void> {
    const events = new EventBridgeClient(this.config);
    await events.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(pattern) }));
    await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'function', Arn: functionArn }] }));
  }

  async invoke(name: string, event: unknown = {}): Promise<FunctionAnswer> {
    const { FunctionError, LogResult, Payload } = await new LambdaClient(this.config).send(
      new InvokeCommand({
        FunctionName: `${this.prefix}-${name}`,
        Payload: JSON.stringify(event),
        LogType: 'Tail',
      }),
    );
    return {
      failed: FunctionError !== undefined,
      payload: JSON.parse(Buffer.from(Payload ?? []).toString()) as FunctionAnswer['payload'],
      log: Buffer.from(LogResult ?? '', 'base64').toString(),
    };
  }

  /** The answer of a function that must succeed. */
  async call(name: string, event: unknown = {}): Promise<Record<string, unknown>> {
    const { failed, payload, log } = await this.invoke(name, event);
    assert.ok(!failed, `${name}: ${JSON.stringify(payload)}\n${log}`);
    return payload;
  }

  /** The lease of the maintenance, with its record. */
  async readMaintenance(): Promise<HeldLease<MaintenanceRun> | undefined> {
    const connection = { region: this.account.region };
    return readLease<MaintenanceRun>({ connection, bucket: this.artifacts, key: optimizeLeaseKey });
  }

  /** The lease once the maintenance has ended. */
  async awaitMaintenance(withinMs: number): Promise<HeldLease<MaintenanceRun>> {
    const ended = await awaitAnswer(
      async () => {
        const held = await this.readMaintenance();
        return held?.note.endedAt === undefined ? undefined : held;
      },
      { withinMs, everyMs: 100 },
    );
    assert.ok(ended, this.account.log().slice(-3000));
    return ended;
  }

  s3(): S3Client {
    return new S3Client({ ...this.config, forcePathStyle: true });
  }

  /** `docs/contracts.md` */
  private environment(): Record<string, string> {
    return {
      LAKE: this.prefix,
      SPEC_URI: `s3://${this.artifacts}/spec/lake.json`,
      ARTIFACTS_BUCKET: this.artifacts,
      WORKGROUP: this.workgroup,
      ALERTS_TOPIC_ARN: this.alerts,
    };
  }
}

/** The runtime settings of a function, as in `cdktf/constructs/functions.ts`. */
async function codeOf(
  name: string,
): Promise<Pick<CreateFunctionRequest, 'Runtime' | 'Handler' | 'MemorySize' | 'Code'>> {
  if (name === 'create-tables') {
    const jar = (await prepareJars()).path('CreateTables-1.0.jar');
    const Handler = 'io.cryptodm.functions.CreateTables';
    return { Runtime: 'java17', Handler, MemorySize: 1769, Code: { ZipFile: readFileSync(jar) } };
  }
  const zip = join(process.cwd(), 'dist/functions', `${name}.zip`);
  return { Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile: readFileSync(zip) } };
}

/** Builds the zips of the functions in `dist`, as the build does. */
export async function buildFunctions(): Promise<void> {
  const module = pathToFileURL(join(process.cwd(), 'build/functions.js')).href;
  const build = (await import(module)) as { buildFunctions: (root: string, dist: string) => Promise<void> };
  await build.buildFunctions(process.cwd(), join(process.cwd(), 'dist'));
}
