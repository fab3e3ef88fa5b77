import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { execa } from 'execa';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { readZipEntry } from '../../../src/toolchain/zip.ts';
import type { ElasticCloud } from '../../support/aws/elastic-cloud.ts';
import { providerUnavailable } from '../../support/aws/elastic-cloud/provider.ts';
import { emulatorUnavailable } from '../../support/aws/python.ts';
import { AwsTestLake, prefix, terraformUnavailable } from '../../support/aws/test-lake.ts';
import { skipWithout } from '../../support/skipping.ts';

interface User {
  username: string;
  password: string;
}

/** Tests in order: a lake whose search is a deployment in Elastic Cloud, from its key to its end. */
describe('a lake in an account, with search in Elastic Cloud', function () {
  this.timeout(900_000);
  let lake: AwsTestLake;
  let cloud: ElasticCloud;
  let s3: S3Client;
  let secrets: SecretsManagerClient;
  const ends: (() => unknown)[] = [];
  /** output of all commands */
  const said: string[] = [];

  before(async function () {
    skipWithout(this, (await emulatorUnavailable()) ?? (await terraformUnavailable()) ?? (await providerUnavailable()));
    lake = await AwsTestLake.elasticCloud();
    ends.push(() => lake.end());
    assert.ok(lake.services.cloud);
    cloud = lake.services.cloud;
    s3 = new S3Client({ ...lake.account.clientConfig, forcePathStyle: true });
    secrets = new SecretsManagerClient(lake.account.clientConfig);
    ends.push(
      () => {
        s3.destroy();
      },
      () => {
        secrets.destroy();
      },
    );
    writeFileSync(join(lake.folder, 'cryptodm.yaml'), `target: aws\naws: { prefix: ${prefix} }\n`);
  });

  after(async () => {
    for (const end of ends) await end();
  });

  const attempt = async (args: string[], input?: string) => {
    const ran = await lake.try(args, input === undefined ? {} : { input });
    said.push(ran.stdout, ran.stderr);
    return ran;
  };

  it('asks for a key of Elastic Cloud', async () => {
    const ran = await attempt(['plan']);
    assert.equal(ran.code, 3);
    assert.match(ran.stderr, /no secret with an API key of Elastic Cloud/);
    assert.match(ran.stderr, /cryptodm secrets set elastic-cloud/);
  });

  it('refuses an unknown key of Elastic Cloud before anything is made', async () => {
    assert.equal((await attempt(['secrets', 'set', 'elastic-cloud', '--stdin'], 'wrong-key')).code, 0);
    for (const args of [['plan'], ['up', '--yes']]) {
      const ran = await attempt(args);
      assert.equal(ran.code, 3);
      assert.deepEqual(ran.stderr.match(/Elastic Cloud does not accept the API key/g)?.length, 1);
      assert.match(ran.stderr, /cryptodm secrets set elastic-cloud/);
    }
    assert.deepEqual(cloud.deployments, []);
    const made = (await lake.account.calls()).filter(
      ({ service, operation }) => `${service} ${operation}` === 's3 CreateBucket',
    );
    assert.deepEqual(made, []);
  });

  it('reads the key from stdin and shows the deployment and its cost', async () => {
    assert.equal((await attempt(['secrets', 'set', 'elastic-cloud', '--stdin'], cloud.apiKey)).code, 0);
    const ran = await attempt(['plan', '--json']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /"ec_deployment\.deployment"/);
    assert.match(ran.stdout, /GB of memory in Elastic Cloud/);
    assert.deepEqual(cloud.deployments, []);
  });

  it('refuses a version and a region that can’t be, before anything is made', async () => {
    const { versions } = cloud;
    cloud.versions = ['8.18.8', '9.1.4'];
    const old = await attempt(['plan']);
    cloud.versions = versions;
    assert.equal(old.code, 3);
    assert.match(old.stderr, /offers no Elasticsearch 8\.19/);
    const far = await lake.try(['plan'], { env: { CRYPTODM_ELASTIC_CLOUD_REGION: 'us-west-2' } });
    assert.equal(far.code, 3);
    assert.match(far.stderr, /the lake is in us-east-1, and its index would be in "us-west-2"/);
    assert.deepEqual(cloud.deployments, []);
  });

  it('makes the deployment, the user and the index', async () => {
    await raise();
    assert.deepEqual(cloud.running, [`${prefix}-search`]);
    assert.equal(cloud.deployments[0]?.wanted.resources.elasticsearch[0]?.plan.elasticsearch?.version, '8.19.21');
    const { body } = await ask('GET', '/crypto_quote', await user());
    const { aliases, mappings } = (body as Record<string, { aliases: object; mappings: { dynamic: string } }>)[
      'crypto_quote'
    ] ?? { aliases: {}, mappings: { dynamic: '' } };
    assert.deepEqual([Object.keys(aliases), mappings.dynamic], [['CRYPTO_QUOTE'], 'strict']);
  });

  it('imports the dashboard into the Kibana of the deployment', () => {
    const titles = cloud.kibana.objects().map(({ attributes }) => attributes['title']);
    assert.ok(titles.includes('Crypto Cotação de Mercado'), titles.join());
  });

  it('lets that user write and read this index, by its alias too, and no other', async () => {
    const own = await user();
    assert.equal(own.username, 'cryptodm');
    const status = async (method: string, path: string, body?: unknown) => (await ask(method, path, own, body)).status;
    assert.equal(await status('PUT', '/crypto_quote/_doc/1?refresh=true', {}), 201);
    assert.equal(await status('GET', '/CRYPTO_QUOTE/_search'), 200);
    assert.equal(await status('PUT', '/crypto_quote/_alias/CRYPTO_QUOTE'), 200);
    assert.equal(await status('PUT', '/another/_doc/1', {}), 403);
    assert.equal(await status('GET', '/another/_search'), 403);
    assert.equal(await status('PUT', '/_security/user/mallory', { password: 'x', roles: ['superuser'] }), 403);
  });

  it('has only an invalid password in the state', async () => {
    const state = await objectOf('search.tfstate');
    assert.ok(state.includes(cloud.passwords[0] ?? 'none'), 'the provider keeps the first password in the state');
    for (const password of cloud.passwords.slice(0, -1)) {
      assert.equal((await ask('GET', '/_security/_authenticate', { username: 'elastic', password })).status, 401);
    }
    const alive = [cloud.apiKey, (await user()).password, ...cloud.passwords.slice(1)];
    assert.deepEqual(found(alive, state), []);
  });

  it('changes nothing the second time', async () => {
    const [passwords, own] = [[...cloud.passwords], await user()];
    const asked = cloud.kibana.requests.length;
    // A newer version is no reason to touch a deployment.
    cloud.versions = ['8.19.21', '8.19.22'];
    await raise();
    assert.equal(cloud.kibana.requests.length, asked);
    assert.equal(cloud.deployments.length, 1);
    assert.deepEqual(cloud.passwords, passwords);
    assert.deepEqual(await user(), own);
  });

  it('adopts the deployment that a killed run had just requested', async () => {
    const [first] = cloud.deployments;
    assert.ok(first);
    const before = await user();
    await cloud.shutDown(first);
    cloud.slow = true;
    // A process group, as a terminal makes for each command, so that its child processes end with it.
    const up = start(true);
    const asked = await awaitAnswer(() => (cloud.deployments.length === 2 ? true : undefined), { withinMs: 120_000 });
    assert.ok(asked, 'no deployment is asked for');
    const terraform = join(lake.folder, 'data', 'aws', prefix, 'terraform', 'search', 'terraform.pid');
    process.kill(-(up.pid ?? 0), 'SIGKILL');
    process.kill(-(JSON.parse(readFileSync(terraform, 'utf8')) as { pid: number }).pid, 'SIGKILL');
    await up;
    cloud.slow = false;
    await raise();
    assert.equal(cloud.deployments.length, 2);
    assert.deepEqual(cloud.running, [`${prefix}-search`]);
    assert.notEqual((await user()).password, before.password);
    assert.equal((await ask('PUT', '/crypto_quote/_doc/1', await user(), {})).status, 201);
  });

  it('ends the deployment with the time to live, and the next run makes another one', async () => {
    const before = await user();
    const [delivered] = await lake.account.fire(`${prefix}-expiry`);
    assert.deepEqual((delivered?.payload as { left: unknown[] } | undefined)?.left, []);
    assert.deepEqual(cloud.running, []);
    await raise();
    assert.deepEqual(cloud.running, [`${prefix}-search`]);
    assert.notEqual((await user()).password, before.password);
    assert.equal((await ask('PUT', '/crypto_quote/_doc/1', await user(), {})).status, 201);
  });

  it('does not abandon a deployment when the settings name the user’s own cluster', async () => {
    const ran = await lake.try(['plan'], { env: { CRYPTODM_ELASTIC_URL: 'http://127.0.0.1:1' } });
    assert.equal(ran.code, 3);
    assert.match(ran.stderr, /is in Elastic Cloud/);
  });

  it('writes and prints no key and no password', async () => {
    const alive = [cloud.apiKey, (await user()).password, ...cloud.passwords.slice(1)];
    const files = readdirSync(lake.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    assert.ok(files.some((file) => file.endsWith(join(prefix, 'journal.json'))));
    for (const file of files) {
      // A plan is a zip with the state, which has the invalid password.
      const plan = file.endsWith('.tfplan');
      const text = plan
        ? Buffer.concat(['tfplan', 'tfstate'].map((part) => readZipEntry(file, (name) => name === part)))
        : readFileSync(file);
      assert.deepEqual(found(plan ? alive : [...alive, ...cloud.passwords], text), [], file);
    }
    assert.deepEqual(found([...alive, ...cloud.passwords], await objectOf('journal.json')), []);
    assert.deepEqual(found([...alive, ...cloud.passwords], said.join('\n')), []);
  });

  it('can be removed without the key once Elastic Cloud has nothing of the lake', async () => {
    const operation = 'DeleteSecret';
    await lake.account.fault({
      service: 'secretsmanager',
      operation,
      status: 403,
      code: 'AccessDeniedException',
      times: 1,
    });
    const ran = await attempt(['down', '--yes']);
    assert.equal(ran.code, 5, ran.stderr);
    assert.deepEqual(cloud.running, []);
    assert.equal((await attempt(['secrets', 'remove', 'elastic-cloud', '--yes'])).code, 0);
  });

  it('leaves no deployment and no secret', async () => {
    const ran = await attempt(['down', '--yes', '--json']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(cloud.running, []);
    const { SecretList } = await secrets.send(new ListSecretsCommand({}));
    assert.deepEqual(SecretList ?? [], []);
    assert.match(await lake.run('down', '--yes'), /Nothing to take down/);
  });

  const start = (detached = false) =>
    execa(join(process.cwd(), 'cryptodm'), ['up', '--yes', '--json'], {
      cwd: lake.folder,
      env: lake.env,
      reject: false,
      stdin: 'ignore',
      detached,
    });

  /** Runs `up` until it waits for the host, which does not exist here; then Ctrl-C. */
  const raise = async () => {
    const up = start();
    const awaited = new Set(['processes', 'index', 'kibana']);
    for await (const line of up) {
      const { event, id = '', state } = JSON.parse(line) as { event: string; id?: string; state?: string };
      if (event !== 'step') continue;
      const reached = state === (id === 'processes' ? 'started' : 'done') || state === 'unchanged';
      if (reached && awaited.delete(id) && awaited.size === 0) up.kill('SIGINT');
    }
    const { exitCode, stdout, stderr } = await up;
    said.push(stdout, stderr);
    assert.equal(exitCode, 130, `${stdout}\n${stderr}`);
    assert.equal(awaited.size, 0);
  };

  /** The stored user of the lake's jobs. */
  const user = async () => {
    const { SecretString = '' } = await secrets.send(
      new GetSecretValueCommand({ SecretId: `${prefix}/elasticsearch` }),
    );
    return JSON.parse(SecretString) as User;
  };

  const objectOf = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: `${prefix}-cryptodm-state`, Key }));
    return (await Body?.transformToString()) ?? '';
  };

  const ask = async (method: string, path: string, { username, password }: User, body?: unknown) => {
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const response = await fetch(`${cloud.search.url}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  };
});

/** The secrets that a text contains. */
function found(secrets: string[], text: string | Buffer): string[] {
  return secrets.filter((secret) => text.includes(secret));
}
