import assert from 'node:assert/strict';
import { Fault } from '../../src/errors.ts';
import { streamSteps as kind, type Cluster } from '../../src/aws/steps/stream-steps.ts';
import { addSteps, cancelSteps, listSteps } from '../../src/aws/services/emr.ts';
import type { JobProgress } from '../../src/tools/progress.ts';
import { EmulatedAccount } from '../support/aws/account.ts';
import { startEmrCluster } from '../support/aws/emr-cluster.ts';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { changeEnvironment } from '../support/environment.ts';
import { skipWithout } from '../support/skipping.ts';

/** A job runs until it gets SIGTERM, except one that finds nothing to read. */
const runner = `
if (process.argv.includes('broken')) {
  console.error('Exception in thread "main" java.lang.IllegalStateException: no topic');
  process.exit(1);
}
setInterval(() => undefined, 1000);
`;

describe('the stream jobs as steps of a cluster', function () {
  this.timeout(60_000);
  let account: EmulatedAccount;
  let restore: () => void;
  let clusterId: string;
  const said = new Map<string, JobProgress>();
  const connection = { region: 'us-east-1', profile: undefined };

  before(async function () {
    this.timeout(600_000);
    skipWithout(this, await emulatorUnavailable());
    account = await EmulatedAccount.start({ stepRunner: [process.execPath, '-e', runner, '--'] });
    restore = changeEnvironment(account.env());
    clusterId = await startEmrCluster(account, 'acme-lake-jobs');
  });

  after(async () => {
    (restore as (() => void) | undefined)?.();
    await (account as EmulatedAccount | undefined)?.stop();
  });

  const cluster: Cluster = {
    argumentsOf: (job) => ['spark-submit', job.mainClass],
    list: (id) => listSteps(connection, id),
    submit: async (id, steps) => void (await addSteps(connection, id, steps)),
    cancel: (id, ids) => cancelSteps(connection, id, ids),
    progress: async (job) => Promise.resolve(said.get(job)),
    withinMs: 20_000,
  };
  const jobsOf = (...classes: string[]) => ({
    jobs: classes.map((mainClass, at) => ({ id: `job-${String(at + 1)}`, jar: 'a.jar', mainClass, sha256: 'ab' })),
  });
  const context = () => ({
    signal: new AbortController().signal,
    session: { cluster },
    taken: { infrastructure: { ...infrastructure, cluster_id: clusterId }, spec: { hash: 'one' } },
    note: () => undefined,
    progress: () => undefined,
  });
  const active = async () =>
    (await cluster.list(clusterId)).filter(({ state }) => state === 'RUNNING').map(({ name }) => name);
  const speak = (job: string) => {
    said.set(job, { triggered: true, at: new Date(Date.now() + 60_000).toISOString() } as JobProgress);
  };

  it('says which job failed, where, and what to do; the others run on', async () => {
    const error: unknown = await kind.run(jobsOf('fine', 'broken'), context()).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Fault, String(error));
    assert.equal(error.kind, 'part');
    assert.match(error.message, /the stream job job-2 failed: exit code 1/);
    assert.match(error.next ?? '', /cryptodm logs job-2.*then run the same command/);
    assert.deepEqual(await active(), ['job-1']);
  });

  it('goes on once the job is repaired: each job runs once', async () => {
    for (const job of ['job-1', 'job-2']) speak(job);
    const inputs = jobsOf('fine', 'repaired');
    assert.equal(await kind.check(inputs, { spec: 'one' }, context()), undefined);
    await kind.run(inputs, context());
    assert.deepEqual((await active()).sort(), ['job-1', 'job-2']);
    assert.ok(await kind.check(inputs, { spec: 'one' }, context()));
  });

  it('are not up with another spec, or with a job that died', async () => {
    const inputs = jobsOf('fine', 'repaired');
    assert.equal(await kind.check(inputs, { spec: 'older' }, context()), undefined);
    const [first] = await cluster.list(clusterId);
    await cancelSteps(connection, clusterId, [first?.id ?? '']);
    assert.equal(await kind.check(inputs, { spec: 'one' }, context()), undefined);
  });

  it('ends all its steps', async () => {
    await kind.undo(jobsOf('fine', 'repaired'), { spec: 'one' }, context());
    assert.deepEqual(await active(), []);
  });
});

const infrastructure = {
  bootstrap_brokers: '127.0.0.1:1',
  stream_arn: 'arn:aws:kafka:us-east-1:123456789012:cluster/acme/1',
  producer_host: '127.0.0.1',
  producer_instance_id: 'i-1',
  alerts_topic_arn: 'arn:aws:sns:us-east-1:123456789012:acme',
  workgroup: 'acme-lake',
  functions: {},
  vpc_id: 'vpc-1',
};
