import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { emulatorUnavailable } from '../../support/aws/python.ts';
import { AwsTestLake, prefix, terraformUnavailable } from '../../support/aws/test-lake.ts';
import { skipWithout } from '../../support/skipping.ts';

interface Proof {
  removed: number;
  tagged: string[];
  named: string[];
  files: string[];
}

/**
 * Tests in order: failures while the infrastructure is made, their messages, and the way out. Takes minutes: Terraform is
 * stopped and begun again four times.
 */
describe('a lake in an account, when things go wrong', function () {
  this.timeout(900_000);
  let lake: AwsTestLake;

  before(async function () {
    skipWithout(this, (await emulatorUnavailable()) ?? (await terraformUnavailable()));
    lake = await AwsTestLake.infrastructure();
  });

  after(async () => {
    await lake.end();
  });

  const made = async () => (await lake.json<{ changes: unknown[] }>('plan')).changes.length;

  it('asks for a prefix before the first call to AWS', async () => {
    const ran = await lake.try(['plan', '--target', 'aws']);
    assert.equal(ran.code, 3);
    assert.match(ran.stderr, /aws\.prefix is not set/);
    writeFileSync(join(lake.folder, 'cryptodm.yaml'), `target: aws\naws: { prefix: ${prefix} }\n`);
  });

  it('asks for a user of the configured cluster, and reads it from stdin', async () => {
    const ran = await lake.try(['plan']);
    assert.equal(ran.code, 3);
    assert.match(ran.stderr, /no secret with a user of the cluster/);
    const input = JSON.stringify({ username: 'ana', password: 'hidden' });
    const stored = await lake.try(['secrets', 'set', 'elasticsearch', '--stdin'], { input });
    assert.equal(stored.code, 0, stored.stderr);
    assert.doesNotMatch(stored.stdout + stored.stderr, /hidden/);
  });

  it('reports expired credentials', async () => {
    await lake.account.fault({ service: 'sts', status: 403, code: 'ExpiredToken', message: 'The token is expired' });
    const ran = await lake.try(['up', '--yes']);
    await lake.account.clearFaults();
    assert.equal(ran.code, 4);
    assert.match(ran.stderr, /does not accept the credentials \(ExpiredToken\)/);
    assert.match(ran.stderr, /Sign in again/);
  });

  it('reports a prefix that is in use', async () => {
    const s3 = new S3Client({ ...lake.account.clientConfig, forcePathStyle: true });
    const Bucket = 'taken-lake-cryptodm-state';
    await s3.send(new CreateBucketCommand({ Bucket }));
    const TagSet = [{ Key: 'lake', Value: 'of-somebody-else' }];
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    const ran = await lake.try(['up', '--yes'], { env: { CRYPTODM_AWS_PREFIX: 'taken-lake' } });
    s3.destroy();
    assert.equal(ran.code, 6);
    assert.match(ran.stderr, /this prefix is taken/);
    assert.match(ran.stderr, /aws\.prefix/);
  });

  it('makes nothing before the user has confirmed', async () => {
    const before = (await lake.account.calls()).length;
    const ran = await lake.try(['up']);
    assert.equal(ran.code, 9);
    assert.match(ran.stderr, /no terminal to ask on/);
    const asked = (await lake.account.calls()).slice(before).map(({ operation }) => operation);
    assert.deepEqual(
      asked.filter((operation) => /^(Create|Put|Run|Add|Delete|Import|Register|Attach)/.test(operation)),
      [],
    );
  });

  /** A second lake with its state on this machine only. */
  const other = { CRYPTODM_AWS_PREFIX: 'other-lake', CRYPTODM_AWS_STATE: 'local' };

  it('names the missing permission', async () => {
    const input = JSON.stringify({ username: 'ana', password: 'hidden' });
    await lake.try(['secrets', 'set', 'elasticsearch', '--stdin'], { input, env: other });
    await lake.account.fault({
      service: 'kafka',
      operation: 'CreateConfiguration',
      status: 403,
      code: 'AccessDeniedException',
      message: 'User: arn:aws:iam::123456789012:user/ana is not authorized to perform: kafka:CreateConfiguration',
    });
    const ran = await lake.try(['up', '--yes'], { env: other });
    await lake.account.clearFaults();
    assert.equal(ran.code, 6, ran.stderr);
    assert.match(ran.stderr, /no permission for kafka:CreateConfiguration/);
    assert.match(ran.stderr, /it goes on where it stopped/);
  });

  it('removes a half-made lake', async () => {
    const down = await lake.try(['down', '--yes', '--json'], { env: other });
    assert.equal(down.code, 0, down.stderr);
    const proof = JSON.parse(down.stdout.trim().split('\n').at(-1) ?? '') as Proof;
    assert.deepEqual([proof.removed, proof.tagged, proof.named, proof.files], [1, [], [], []]);
  });

  it('lets Terraform end in order at Ctrl-C', async () => {
    const up = start(['up', '--yes']);
    const terraform = await inTheMidst();
    up.kill('SIGINT');
    const { exitCode, stderr } = await up;
    assert.equal(exitCode, 130, stderr);
    assert.equal(existsSync(`/proc/${String(terraform)}`), false);
    assert.ok((await made()) > 0);
  });

  it('goes on after command line and Terraform were killed in the middle', async () => {
    const up = start(['up', '--yes']);
    const terraform = await inTheMidst();
    up.kill('SIGKILL');
    process.kill(terraform, 'SIGKILL');
    await up;
    const ran = await lake.try(['up', '--yes']);
    // Everything before the user's own cluster, which does not exist.
    assert.equal(ran.code, 5, `${ran.stdout}\n${ran.stderr}`);
    assert.match(ran.stderr, /Elasticsearch at .* ECONNREFUSED/);
    assert.equal(await made(), 0);
  });

  it('allows one run at a time', async () => {
    const before = await callsOf('sts', 'GetCallerIdentity');
    const first = start(['plan']);
    await awaitAnswer(async () => ((await callsOf('sts', 'GetCallerIdentity')) > before ? true : undefined), {
      withinMs: 60_000,
      everyMs: 50,
    });
    const second = await lake.try(['up', '--yes']);
    assert.equal(second.code, 8, second.stderr);
    assert.match(second.stderr, /another run works on this lake: cryptodm plan/);
    assert.equal((await first).exitCode, 0);
  });

  it('makes again what the end of its time removed, and nothing else', async () => {
    await lake.run('functions', 'invoke', 'expire-lake', '--yes');
    const { changes } = await lake.json<{ changes: { address: string; action: string }[] }>('plan');
    const types = new Set(changes.map(({ address }) => address.split('.')[0]));
    const ended = ['aws_emr_cluster', 'aws_instance', 'aws_msk_cluster', 'aws_nat_gateway', 'aws_eip'];
    // Those of the calendar rest, and are enabled.
    for (const type of [...ended, 'aws_cloudwatch_event_rule']) {
      assert.ok(types.has(type), `${type} in ${[...types].join(', ')}`);
    }
    assert.deepEqual([types.has('aws_s3_bucket'), types.has('aws_glue_catalog_database')], [false, false]);
    assert.equal((await lake.try(['up', '--yes'])).code, 5);
    assert.equal(await made(), 0);
  });

  it('leaves nothing, reports it, and finds nothing the second time', async () => {
    const proof = await lake.json<Proof>('down', '--yes');
    assert.deepEqual([proof.tagged, proof.named], [[], []]);
    assert.ok(proof.removed > 0);
    assert.match(await lake.run('down', '--yes'), /Nothing to take down/);
  });

  const start = (args: string[]) =>
    execa(join(process.cwd(), 'cryptodm'), args, { cwd: lake.folder, env: lake.env, reject: false, stdin: 'ignore' });

  const callsOf = async (service: string, operation: string) =>
    (await lake.account.calls()).filter((call) => call.service === service && call.operation.startsWith(operation))
      .length;

  /** Waits until some resources exist and most do not. @returns process id of the running "terraform apply" */
  const inTheMidst = async () => {
    const terraform = await applying();
    const log = join(lake.folder, 'data', 'aws', prefix, 'terraform', 'lake', 'terraform.log');
    await awaitAnswer(() => (readFileSync(log, 'utf8').includes('"apply_complete"') ? true : undefined), {
      withinMs: 120_000,
      everyMs: 50,
    });
    return terraform;
  };

  const applying = async () => {
    const file = join(lake.folder, 'data', 'aws', prefix, 'terraform', 'lake', 'terraform.pid');
    const pid = await awaitAnswer(
      () => {
        try {
          const found = (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid;
          return readFileSync(`/proc/${String(found)}/cmdline`, 'utf8')
            .split('\0')
            .includes('apply')
            ? found
            : undefined;
        } catch {
          return undefined;
        }
      },
      { withinMs: 240_000, everyMs: 50 },
    );
    assert.ok(pid, 'Terraform does not apply');
    return pid;
  };
});
