import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../../src/errors.ts';
import { streamSteps as kind, type Cluster } from '../../src/aws/steps/stream-steps.ts';
import { addSteps, killSteps, listSteps } from '../../src/aws/services/emr.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { endSteps } from '../../src/aws/jobs/step-end.ts';
import type { JobProgress } from '../../src/tools/progress.ts';
import { EmulatedAccount } from '../support/aws/account.ts';
import { startEmrCluster } from '../support/aws/emr-cluster.ts';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { changeEnvironment } from '../support/environment.ts';
import { skipWithout } from '../support/skipping.ts';

/**
 * Stands for command-runner.jar, which starts the driver and passes no signal on. A job runs until it reads another mark than its own, as `RunMark` does;
 * one that hangs looks at nothing, one that finds nothing to read fails.
 */
const runner = `
if (process.argv.includes('broken')) {
  console.error('Exception in thread "main" java.lang.IllegalStateException: no topic');
  process.exit(1);
}
const { spawn } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
if (process.env.DRIVER === undefined) {
  const driver = spawn(process.execPath, [...process.execArgv, '--', ...process.argv.slice(1)], {
    stdio: 'inherit', env: { ...process.env, DRIVER: 'yes' },
  });
  driver.on('exit', (code) => process.exit(code ?? 1));
} else {
  const mark = process.env.MARKS + '/' + process.argv[process.argv.indexOf('--name') + 1];
  writeFileSync(mark, String(process.pid));
  const hangs = process.argv.includes('hanging');
  setInterval(() => {
    if (!hangs && readFileSync(mark, 'utf8') !== String(process.pid)) process.exit(0);
  }, 50);
}
`;

describe('the stream jobs as steps of a cluster', function () {
  this.timeout(60_000);
  let account: EmulatedAccount;
  let marks: string;
  let restore: () => void;
  let clusterId: string;
  const said = new Map<string, JobProgress>();
  const connection = { region: 'us-east-1', profile: undefined };

  before(async function () {
    this.timeout(600_000);
    skipWithout(this, await emulatorUnavailable());
    marks = mkdtempSync(join(tmpdir(), 'cryptodm-marks-'));
    account = await EmulatedAccount.start({
      stepRunner: [process.execPath, '-e', runner, '--'],
      environment: { MARKS: marks },
    });
    restore = changeEnvironment(account.env());
    clusterId = await startEmrCluster(account, 'acme-lake-jobs');
  });

  after(async () => {
    (restore as (() => void) | undefined)?.();
    await (account as EmulatedAccount | undefined)?.stop();
    rmSync(marks, { recursive: true, force: true });
  });

  const cluster: Cluster = {
    argumentsOf: (job) => ['spark-submit', '--name', job.id, job.mainClass],
    list: (id) => listSteps(connection, id),
    submit: async (id, steps) => void (await addSteps(connection, id, steps)),
    retire: async (job) => {
      writeFileSync(join(marks, job), 'retired');
      return Promise.resolve();
    },
    kill: (id, ids) => killSteps(connection, id, ids),
    orderlyMs: 20_000,
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
    for (const job of ['job-1', 'job-2']) await awaitDriver(job);
    assert.deepEqual((await active()).sort(), ['job-1', 'job-2']);
    assert.ok(await kind.check(inputs, { spec: 'one' }, context()));
  });

  it('are not up with another spec, or with a job that died', async () => {
    const inputs = jobsOf('fine', 'repaired');
    assert.equal(await kind.check(inputs, { spec: 'older' }, context()), undefined);
    const [first] = await cluster.list(clusterId);
    await killSteps(connection, clusterId, [first?.id ?? '']);
    assert.equal(await kind.check(inputs, { spec: 'one' }, context()), undefined);
  });

  /** A driver that still starts takes its mark after it was asked to end. */
  const awaitDriver = async (job: string) => {
    const file = join(marks, job);
    const begun = await awaitAnswer(
      async () => Promise.resolve(existsSync(file) && /^\d+$/.test(readFileSync(file, 'utf8')) ? true : undefined),
      { withinMs: 20_000, everyMs: 50 },
    );
    assert.ok(begun, `${job} did not begin`);
  };
  /** Waits for the jobs that run on the cluster: an application begins and ends a moment after its step. */
  const awaitRunning = async (...jobs: string[]) => {
    const wanted = jobs.map((job) => `${job} RUNNING`).join();
    let found = '';
    const reached = await awaitAnswer(
      async () => {
        found = (await account.applications())
          .map(({ name, state }) => `${name} ${state}`)
          .sort()
          .join();
        return found === wanted ? true : undefined;
      },
      { withinMs: 20_000, everyMs: 50 },
    );
    assert.ok(reached, `these run: ${found}`);
  };

  it('end in order before their successors begin', async () => {
    for (const job of ['job-1', 'job-2']) speak(job);
    const inputs = jobsOf('other', 'another');
    await kind.run(inputs, context());
    await awaitRunning('job-1', 'job-2');
    // One of them was killed by the test before.
    const before = (await cluster.list(clusterId)).filter(({ args }) => args.some((one) => /fine|repaired/.test(one)));
    assert.deepEqual(before.map(({ state }) => state).sort(), ['CANCELLED', 'COMPLETED', 'COMPLETED']);
  });

  it('are killed, with all that they have started, when they do not end in order', async () => {
    await cluster.submit(clusterId, [{ name: 'job-3', args: ['spark-submit', '--name', 'job-3', 'hanging'] }]);
    await awaitDriver('job-3');
    const [step] = (await cluster.list(clusterId)).filter(({ name }) => name === 'job-3');
    assert.ok(step);
    const how = { withinMs: 20_000, everyMs: 100, signal: new AbortController().signal };
    const ended = await endSteps({ ...cluster, orderlyMs: 500 }, clusterId, [step], how);
    assert.deepEqual(
      ended?.map(({ state }) => state),
      ['CANCELLED'],
    );
    await awaitRunning('job-1', 'job-2');
  });

  it('ends all its steps', async () => {
    await kind.undo(jobsOf('other', 'another'), { spec: 'one' }, context());
    assert.deepEqual(await active(), []);
    await awaitRunning();
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
