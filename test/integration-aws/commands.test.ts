import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { EMRClient } from '@aws-sdk/client-emr';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketTaggingCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { addSteps, listSteps } from '../../src/aws/services/emr.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { sampleDeployment } from '../support/deployment.ts';
import { accountId, EmulatedAccount } from '../support/aws/account.ts';
import { startEmrCluster } from '../support/aws/emr-cluster.ts';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { runCommand, type RunOptions } from '../support/command-line.ts';
import { changeEnvironment } from '../support/environment.ts';
import { withFolder } from '../support/folders.ts';
import { writeZip } from '../support/zip.ts';
import { skipWithout } from '../support/skipping.ts';

/** A function that answers by the contracts, and fails on request. */
const handler = `
export const handler = async (event, context) => {
  console.log('asked', JSON.stringify(event));
  if (event.refuse) throw new Error('told to refuse');
  if (context.functionName.endsWith('create-tables')) {
    return { tables: [{ name: 'crypto_db.crypto_quote', action: 'evolved', added: ['vwap'] }], views: ['crypto_db.crypto_trader_view'] };
  }
  if (context.functionName.endsWith('optimize-tables')) return { busy: { holder: 'somebody', until: '2030-01-01T00:00:00Z' } };
  return { assets: { rows: 2, inserted: 1, updated: 1, source: 'bundled' } };
};
`;

/** A stream runs until it gets SIGTERM; maintenance ends by itself. */
const runner = `
console.log('application_1700000000000_0001', process.argv.at(-1));
if (!process.argv.includes('io.cryptodm.optimize.IcebergOptimize')) setInterval(() => undefined, 1000);
`;

const prefix = 'acme-lake';
const sha256 = 'ab'.repeat(32);

describe('commands on a lake in an account', function () {
  this.timeout(60_000);
  let account: EmulatedAccount;
  let config: EmulatedAccount['clientConfig'];
  let restore: () => void;

  before(async function () {
    this.timeout(600_000);
    skipWithout(this, await emulatorUnavailable());
    account = await EmulatedAccount.start({ stepRunner: [process.execPath, '-e', runner, '--'] });
    config = account.clientConfig;
    restore = changeEnvironment(account.env());
    await makeLake();
  });

  after(async () => {
    (restore as (() => void) | undefined)?.();
    await (account as EmulatedAccount | undefined)?.stop();
  });

  /** Creates the results of `up` that these commands need. */
  async function makeLake(): Promise<void> {
    const s3 = new S3Client({ ...config, forcePathStyle: true });
    for (const name of ['artifacts', 'logs', 'cryptodm-state']) {
      await s3.send(new CreateBucketCommand({ Bucket: `${prefix}-${name}` }));
    }
    const TagSet = [
      { Key: 'project', Value: 'crypto-lake' },
      { Key: 'lake', Value: prefix },
    ];
    await s3.send(new PutBucketTaggingCommand({ Bucket: `${prefix}-cryptodm-state`, Tagging: { TagSet } }));
    const jars = [
      'KafkaConsumerCryptoS3-1.0.jar',
      'KafkaConsumerTraderS3-1.0.jar',
      'KafkaConsumerCryptoElastic-1.0.jar',
      'LakeLayers-1.0.jar',
      'IcebergOptimize-1.0.jar',
    ];
    const deployment = sampleDeployment({
      jars: Object.fromEntries(jars.map((jar) => [jar, { path: `/gone/${jar}`, sha256 }])),
      expiresAt: '2099-01-01T00:00:00Z',
    });
    await put(s3, 'cryptodm-state', 'deployment.json', JSON.stringify({ deployment }));
    const sns = new SNSClient(config);
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `${prefix}-alerts` }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'ana@example.com' }));
    const managed = (type: string, attributes: object = {}) => ({
      ...{ mode: 'managed', type, name: 'a', instances: [{ attributes }] },
    });
    const topic = managed('aws_sns_topic', { arn: TopicArn });
    const state = { version: 4, resources: [managed('aws_kms_key'), managed('aws_budgets_budget'), topic] };
    await put(s3, 'cryptodm-state', 'lake.tfstate', JSON.stringify(state));
    const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    await new IAMClient(config).send(new CreateRoleCommand({ RoleName: 'functions', AssumeRolePolicyDocument }));
    for (const name of ['create-tables', 'update-assets-icons', 'optimize-tables'])
      await createFunction(`${prefix}-${name}`);
    await createFunction('other-lake-create-tables');
    await startEmrCluster(account, `${prefix}-jobs`, { logs: `${prefix}-logs` });
  }

  async function put(s3: S3Client, bucket: string, key: string, body: string | Uint8Array): Promise<void> {
    await s3.send(new PutObjectCommand({ Bucket: `${prefix}-${bucket}`, Key: key, Body: body }));
  }

  async function createFunction(name: string): Promise<void> {
    await withFolder(async (folder) => {
      writeZip(join(folder, 'code.zip'), { 'index.mjs': handler });
      await new LambdaClient(config).send(
        new CreateFunctionCommand({
          FunctionName: name,
          Role: `arn:aws:iam::${accountId}:role/functions`,
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Timeout: 10,
          Code: { ZipFile: readFileSync(join(folder, 'code.zip')) },
        }),
      );
    });
  }

  /** Runs a command line with the settings of this lake. */
  function run(args: string[], options: RunOptions & { prefix?: string } = {}) {
    const settings = { CRYPTODM_TARGET: 'aws', CRYPTODM_AWS_PREFIX: options.prefix ?? prefix };
    return runCommand(args, {
      ...options,
      cwd: account.folder,
      env: { ...settings, CRYPTODM_PATHS_DATA: account.folder, ...options.env },
    });
  }

  async function succeed(args: string[], options: RunOptions & { prefix?: string } = {}): Promise<string> {
    const { code, stdout, stderr } = await run(args, options);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}\n${account.log()}`);
    return stdout;
  }

  /** Here nothing runs on the cluster, so the lake is degraded, and the command ends with 5. */
  async function showStatus(...flags: string[]): Promise<string> {
    const { code, stdout, stderr } = await run(['status', ...flags]);
    assert.equal(code, 5, `${stderr}\n${account.log()}`);
    return stdout;
  }

  const lines = (text: string) =>
    text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('what opens it with other tools names the account of the credentials', async () => {
    const sql = await succeed(['open', 'duckdb']);
    assert.ok(sql.includes(`ATTACH IF NOT EXISTS '${accountId}' AS lake`), sql);
    const refused = await run(['open']);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /only a lake on this machine serves the page/);
  });

  describe('secrets', () => {
    const secrets = () => new SecretsManagerClient(config);
    const read = async (name: string) =>
      JSON.parse((await secrets().send(new GetSecretValueCommand({ SecretId: name }))).SecretString ?? '') as unknown;

    it('stores what stdin gives, under the lake’s name and tags', async () => {
      await succeed(['secrets', 'set', 'coinapi', '--stdin'], { stdin: 'the-bare-value\n' });
      assert.deepEqual(await read(`${prefix}/coinapi`), { key: 'the-bare-value' });
      const { Tags = [] } = await secrets().send(new DescribeSecretCommand({ SecretId: `${prefix}/coinapi` }));
      assert.deepEqual(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])), {
        project: 'crypto-lake',
        lake: prefix,
      });
      await succeed(['secrets', 'set', 'alpaca', '--stdin'], { stdin: '{"keyId":"one","secretKey":"two"}' });
      assert.deepEqual(await read(`${prefix}/alpaca`), { keyId: 'one', secretKey: 'two' });
    });

    it('reads them from the environment, which replaces stored ones', async () => {
      const env = { APCA_API_KEY_ID: 'three', APCA_API_SECRET_KEY: 'four' };
      await succeed(['secrets', 'set', 'alpaca', '--from-env'], { env });
      assert.deepEqual(await read(`${prefix}/alpaca`), { keyId: 'three', secretKey: 'four' });
    });

    it('restores one that is scheduled for deletion', async () => {
      await secrets().send(new DeleteSecretCommand({ SecretId: `${prefix}/alpaca`, RecoveryWindowInDays: 7 }));
      await succeed(['secrets', 'set', 'alpaca', '--stdin'], { stdin: '{"keyId":"five","secretKey":"six"}' });
      assert.deepEqual(await read(`${prefix}/alpaca`), { keyId: 'five', secretKey: 'six' });
    });

    it('refuses an invalid secret, and never prints it', async () => {
      const refused = await run(['secrets', 'set', 'alpaca', '--stdin'], { stdin: '{"keyId":"hush-hush"}' });
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /secretKey is missing/);
      assert.doesNotMatch(refused.stderr + refused.stdout, /hush-hush/);
      const unasked = await run(['secrets', 'set', 'alpaca']);
      assert.equal(unasked.code, 9);
      assert.match(unasked.stderr, /--stdin or --from-env/);
    });

    it('lists names and dates of this lake only, and removes', async () => {
      await succeed(['secrets', 'set', 'coinapi', '--stdin'], { stdin: 'x', prefix: 'acme-lake2' });
      const listed = lines(await succeed(['secrets', 'list', '--json']));
      assert.deepEqual(listed.map(({ name }) => name).sort(), [`${prefix}/alpaca`, `${prefix}/coinapi`]);
      for (const secret of listed) assert.deepEqual(Object.keys(secret).sort(), ['changed', 'name']);
      assert.equal((await run(['secrets', 'remove', 'coinapi'])).code, 9);
      await succeed(['secrets', 'remove', 'coinapi', '--yes']);
      assert.deepEqual(
        lines(await succeed(['secrets', 'list', '--json'])).map(({ name }) => name),
        [`${prefix}/alpaca`],
      );
      assert.equal((await run(['secrets', 'remove', 'coinapi', '--yes'])).code, 2);
    });
  });

  describe('functions', () => {
    it('are listed, those of this lake only', async () => {
      const names = lines(await succeed(['functions', 'list', '--json'])).map(({ name }) => name);
      assert.deepEqual(names, ['create-tables', 'optimize-tables', 'update-assets-icons']);
    });

    it('are called with a payload, and the answer is printed; a failure has its reason', async () => {
      const args = ['functions', 'invoke', 'update-assets-icons', '--payload', '-'];
      const [answer] = lines(await succeed([...args, '--json'], { stdin: '{"icons":[]}' }));
      assert.deepEqual(answer, { assets: { rows: 2, inserted: 1, updated: 1, source: 'bundled' } });
      const failed = await run(args, { stdin: '{"refuse":true}' });
      assert.equal(failed.code, 5);
      assert.match(failed.stderr, /update-assets-icons failed: told to refuse/);
      const absent = await run(['functions', 'invoke', 'report-health']);
      assert.equal(absent.code, 5);
      assert.match(absent.stderr, /no function acme-lake-report-health/);
    });

    it('need enough concurrent executions: "doctor" reports a low limit before', async () => {
      const found = async () =>
        lines((await run(['doctor', '--json'])).stdout).find(({ what }) => what === 'functions') ?? {};
      assert.equal((await found())['state'], 'ok');
      const lambda = new LambdaClient(config);
      const reserve = (reserved: number) =>
        lambda.send(
          new PutFunctionConcurrencyCommand({
            FunctionName: 'other-lake-create-tables',
            ReservedConcurrentExecutions: reserved,
          }),
        );
      await reserve(900);
      const { state, found: text } = await found();
      await reserve(1);
      assert.equal(state, 'fault');
      assert.match(String(text), /^100 concurrent executions of Lambda functions are free, a new lake needs 106$/);
    });

    it('and what else a new lake needs is looked for in the account, not for one that stands', async () => {
      const found = async (prefix?: string) =>
        lines((await run(['doctor', '--json'], prefix === undefined ? {} : { prefix })).stdout).filter(
          ({ what }) => what === 'account',
        );
      await account.change({ kafkaVersions: ['3.9.x.kraft'], foreignBuckets: { 'new-lake-logs': 403 } });
      const missing = await found('new-lake');
      await account.change({ kafkaVersions: ['3.8.x'], foreignBuckets: {} });
      assert.deepEqual(
        missing.map(({ state, found: text }) => [state, text]),
        [
          ['fault', 'MSK makes no brokers of Kafka 3.8.x in us-east-1'],
          ['fault', 'the bucket new-lake-logs belongs to somebody else: bucket names are unique across all accounts'],
        ],
      );
      assert.deepEqual(
        (await found('new-lake')).map(({ state }) => state),
        ['ok'],
      );
      assert.deepEqual(await found(), []);
    });

    it('create tables and refresh assets', async () => {
      assert.match(await succeed(['tables', 'create']), /crypto_quote +evolved \(vwap\)\n.*crypto_trader_view +view/);
      assert.match(await succeed(['assets', 'refresh']), /2 icons from the bundled list: 1 new, 1 changed/);
    });

    it('are waited for while an event keeps them busy', async () => {
      const code = 'TooManyRequestsException';
      await account.fault({
        service: 'lambda',
        operation: 'Invoke',
        status: 429,
        code,
        message: 'Rate Exceeded.',
        times: 2,
      });
      assert.match(await succeed(['tables', 'create']), /crypto_quote +evolved/);
      const refused = (await account.calls()).filter(({ service, status }) => service === 'lambda' && status === 429);
      assert.equal(refused.length, 2);
    });

    it('leave the tables to a running optimiser', async () => {
      for (const via of [[], ['--via', 'spark']]) {
        const busy = await run(['optimize-iceberg', ...via]);
        assert.equal(busy.code, 8);
        assert.match(busy.stderr, /somebody/);
      }
    });
  });

  describe('jobs', () => {
    const stateOf = async (job: string) =>
      lines(await succeed(['jobs', 'list', '--json'])).find(({ name }) => name === job)?.['state'];

    it('submits with the deployed jar, once, and cancels until it has ended', async () => {
      const [first] = lines(await succeed(['jobs', 'submit', 'quotes-iceberg', '--json']));
      assert.equal(first?.['action'], 'submitted');
      const [again] = lines(await succeed(['jobs', 'submit', 'quotes-iceberg', '--json']));
      assert.deepEqual([again?.['action'], again?.['step']], ['running', first?.['step']]);
      const emr = new EMRClient(config);
      const [listed] = lines(await succeed(['jobs', 'list', '--json']));
      assert.equal(listed?.['id'], first?.['step']);
      const args = listed?.['args'] as string[];
      assert.ok(args.includes(`s3://${prefix}-artifacts/jars/${sha256.slice(0, 16)}/KafkaConsumerCryptoS3-1.0.jar`));
      assert.deepEqual(args.slice(-2), ['--spec', `s3://${prefix}-artifacts/spec/lake.json`]);
      await succeed(['jobs', 'cancel', 'quotes-iceberg', '--now']);
      assert.equal(await stateOf('quotes-iceberg'), 'CANCELLED');
      assert.equal((await run(['jobs', 'cancel', 'quotes-iceberg'])).code, 2);
      emr.destroy();
    });

    it('knows no job of another name, and no cluster of another lake', async () => {
      assert.equal((await run(['jobs', 'submit', 'nope'])).code, 2);
      const other = await run(['jobs', 'list'], { prefix: 'other-lake' });
      assert.equal(other.code, 5);
      assert.match(other.stderr, /no cluster other-lake-jobs/);
    });
  });

  describe('logs', () => {
    it('shows a producer from its log group, since a time', async () => {
      const logs = new CloudWatchLogsClient(config);
      const logGroupName = `/crypto-lake/${prefix}/producers`;
      const logStreamName = 'producer-quotes';
      await logs.send(new CreateLogGroupCommand({ logGroupName }));
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      const now = Date.now();
      const logEvents = [
        { timestamp: now - 7_200_000, message: 'two hours ago' },
        { timestamp: now - 60_000, message: 'a minute ago' },
      ];
      await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
      assert.equal(await succeed(['logs', 'producer-quotes']), 'a minute ago\n');
      assert.equal(await succeed(['logs', 'producer-quotes', '--since', '1d']), 'two hours ago\na minute ago\n');
      assert.match((await run(['logs', 'spark'])).stderr, /There are: producer-quotes, /);
    });

    it('follows until it is interrupted', async () => {
      const stop = new AbortController();
      const following = run(['logs', 'producer-quotes', '-f', '--since', '1d'], { signal: stop.signal });
      const logs = new CloudWatchLogsClient(config);
      const place = { logGroupName: `/crypto-lake/${prefix}/producers`, logStreamName: 'producer-quotes' };
      const seen = async () =>
        (await account.calls()).filter(({ operation }) => operation === 'FilterLogEvents').length;
      await logs.send(
        new PutLogEventsCommand({ ...place, logEvents: [{ timestamp: Date.now(), message: 'just now' }] }),
      );
      // The first question from now on finds the line, and the second comes when it is written. The third would show an old line twice.
      const before = await seen();
      const looked = await awaitAnswer(async () => ((await seen()) >= before + 4 ? true : undefined), {
        withinMs: 20_000,
      });
      stop.abort();
      const { code, stdout } = await following;
      assert.ok(looked);
      assert.equal(code, 130);
      assert.equal(stdout, 'two hours ago\na minute ago\njust now\n');
    });

    it('shows a function', async () => {
      const text = await awaitAnswer(
        async () => {
          const { stdout } = await run(['logs', 'update-assets-icons']);
          return stdout.includes('asked {"icons":[]}') ? stdout : undefined;
        },
        { withinMs: 20_000 },
      );
      assert.ok(text);
    });

    it('shows the step of a job and the containers of its application', async () => {
      const [cluster] = lines(await showStatus('--json')).map((status) => status['cluster'] as { id: string });
      const s3 = new S3Client({ ...config, forcePathStyle: true });
      const rebuild = {
        name: 'index-rebuild',
        args: ['spark-submit', '--class', 'io.cryptodm.optimize.IcebergOptimize'],
      };
      const [step] = await addSteps({ region: account.region }, cluster?.id ?? '', [rebuild]);
      await awaitAnswer(
        async () =>
          (await listSteps({ region: account.region }, cluster?.id ?? '')).some(
            ({ id, state }) => id === step && state === 'COMPLETED',
          ) || undefined,
        { withinMs: 20_000 },
      );
      const folder = `emr/${cluster?.id ?? ''}/containers/application_1700000000000_0001/container_01`;
      await put(s3, 'logs', `${folder}/stderr.gz`, gzipSync('2099-01-01 00:00:00 the driver speaks\n'));
      const text = await succeed(['logs', 'index-rebuild', '--since', '2020-01-01']);
      assert.match(text, /the driver speaks/);
    });

    it('shows what a maintenance by Glue has printed', async () => {
      const logs = new CloudWatchLogsClient(config);
      const place = { logGroupName: `/crypto-lake/${prefix}/optimize/output`, logStreamName: 'jr_1' };
      await logs.send(new CreateLogGroupCommand({ logGroupName: place.logGroupName }));
      await logs.send(new CreateLogStreamCommand(place));
      const logEvents = [{ timestamp: Date.now(), message: 'optimized' }];
      await logs.send(new PutLogEventsCommand({ ...place, logEvents }));
      assert.equal(await succeed(['logs', 'optimize']), 'optimized\n');
    });
  });

  describe('status, and commands that an account does not have', () => {
    it('shows the status, with the cost of what exists and the end of its time', async () => {
      const [status] = lines(await showStatus('--json'));
      assert.equal(status?.['state'], 'degraded');
      assert.equal(status['expiresAt'], '2099-01-01T00:00:00Z');
      assert.deepEqual((status['cost'] as { perHour: number }).perHour.toFixed(5), (1 / 730).toFixed(5));
      assert.match(await showStatus(), /producer of quotes: .* just now/);
    });

    it('names a budget that sees nothing and an address that gets no alarms, until both do', async () => {
      const guards = async () => {
        // An answer is kept for a day.
        rmSync(join(account.folder, 'aws', prefix, 'cost-tag.json'), { force: true });
        return lines(await showStatus('--json'))[0]?.['guards'];
      };
      const doctor = async () =>
        lines((await run(['doctor', '--json'])).stdout).find(({ what }) => what === 'budget') ?? {};
      assert.deepEqual(await guards(), { budget: 'blind', unconfirmed: ['ana@example.com'] });
      assert.match(await showStatus(), /! The budget sees no costs[^]*! ana@example\.com gets no alarm/);
      const { state, mend } = await doctor();
      assert.equal(state, 'warning');
      assert.match(String(mend), /time to live/);

      await account.confirmSubscription('ana@example.com');
      await account.activateCostTag('lake');
      assert.deepEqual(await guards(), { budget: 'sees', unconfirmed: [] });
      assert.equal((await doctor())['state'], 'ok');

      await account.refuseCostTags('Linked account doesn’t have access to cost allocation tags.');
      assert.deepEqual(await guards(), { budget: 'unknown', unconfirmed: [] });
      assert.match(String((await doctor())['found']), /is not known: no permission for ce:ListCostAllocationTags/);
    });

    it('asks for the budget once a day, because each question costs money', async () => {
      const asked = async () =>
        (await account.calls()).filter(({ operation }) => operation === 'ListCostAllocationTags').length;
      mkdirSync(join(account.folder, 'aws', prefix), { recursive: true });
      await showStatus();
      const before = await asked();
      await showStatus();
      assert.equal(await asked(), before);
      const yesterday = new Date(Date.now() - 25 * 3_600_000).toISOString();
      writeFileSync(
        join(account.folder, 'aws', prefix, 'cost-tag.json'),
        JSON.stringify({ at: yesterday, budget: 'sees' }),
      );
      await showStatus();
      assert.equal(await asked(), before + 1);
    });

    it('reports in one fault what an account does not have', async () => {
      const trade = await run(['trade', 'buy', 'BTC', '1']);
      assert.equal(trade.code, 2);
      assert.match(trade.stderr, /private subnets/);
      const rate = await run(['produce', '--rate', '5']);
      assert.equal(rate.code, 2);
      assert.match(rate.stderr, /take their settings from the file/);
      const here = await run(['jobs', 'list'], { env: { CRYPTODM_TARGET: 'local' } });
      assert.equal(here.code, 2);
      assert.match(here.stderr, /does not work for a lake on this machine.*\n.*\n.*--target aws/);
    });

    it('refuses a statement that writes before any call to Athena', async () => {
      const before = (await account.calls()).filter(({ service }) => service === 'athena').length;
      const refused = await run(['query', 'with x as (select 1) /* */ ; drop table crypto_db.crypto_quote']);
      assert.equal(refused.code, 7);
      const missing = await run(['query', 'select 1']);
      assert.equal(missing.code, 5);
      assert.match(missing.stderr, /no workgroup acme-lake-lake/);
      const after = (await account.calls()).filter(({ service }) => service === 'athena');
      assert.equal(after.length, before + 1);
    });
  });
});
