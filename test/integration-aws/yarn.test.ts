import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CancelStepsCommand, EMRClient, type StepCancellationOption } from '@aws-sdk/client-emr';
import { addSteps, listSteps } from '../../src/aws/services/emr.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { EmulatedAccount } from '../support/aws/account.ts';
import { startEmrCluster } from '../support/aws/emr-cluster.ts';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { changeEnvironment } from '../support/environment.ts';
import { skipWithout } from '../support/skipping.ts';

/** Stands for command-runner.jar: the driver is a process that it has started. */
const runner = `
require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
console.log('started');
setInterval(() => undefined, 1000);
`;

/** What a cancelled step leaves on a cluster, and what waits for memory there. */
describe('applications of an emulated cluster', function () {
  this.timeout(60_000);
  let account: EmulatedAccount;
  let restore: () => void;
  const connection = { region: 'us-east-1', profile: undefined };

  before(async function () {
    this.timeout(600_000);
    skipWithout(this, await emulatorUnavailable());
    account = await EmulatedAccount.start({ stepRunner: [process.execPath, '-e', runner, '--'] });
    restore = changeEnvironment(account.env());
  });

  after(async () => {
    (restore as (() => void) | undefined)?.();
    await (account as EmulatedAccount | undefined)?.stop();
  });

  const submit = async (cluster: string, mode: string, executor = '512m') => {
    const conf = ['spark.executor.instances=1', 'spark.dynamicAllocation.enabled=false'];
    const sizes = [...conf, `spark.executor.memory=${executor}`, 'spark.driver.memory=1024m'];
    const args = ['spark-submit', '--deploy-mode', mode, ...sizes.flatMap((one) => ['--conf', one]), 's3://b/k.jar'];
    const [id = ''] = await addSteps(connection, cluster, [{ name: mode, args }]);
    return id;
  };
  const cancel = async (cluster: string, id: string, StepCancellationOption: StepCancellationOption) => {
    const emr = new EMRClient(account.clientConfig);
    await emr.send(new CancelStepsCommand({ ClusterId: cluster, StepIds: [id], StepCancellationOption }));
    emr.destroy();
  };
  const stateOf = async (cluster: string, id: string) =>
    (await listSteps(connection, cluster)).find((step) => step.id === id)?.state;
  const applications = async (cluster: string) =>
    (await account.applications())
      .filter((one) => one.cluster === cluster)
      .map(({ mode, state }) => `${mode} ${state}`);
  const awaitThat = async (holds: () => Promise<boolean>) => {
    const found = await awaitAnswer(async () => ((await holds()) ? true : undefined), {
      ...{ withinMs: 20_000, everyMs: 50 },
    });
    assert.ok(found, 'it did not become so');
  };

  const awaitDriver = async (cluster: string, id: string) => {
    const output = join(account.folder, 'work', 'emr', cluster, id, 'stdout');
    await awaitThat(() => Promise.resolve(existsSync(output) && readFileSync(output, 'utf8').includes('started')));
  };

  it('live on in cluster mode when their step is cancelled', async () => {
    const cluster = await startEmrCluster(account, 'outlives');
    const step = await submit(cluster, 'cluster');
    await awaitDriver(cluster, step);
    await cancel(cluster, step, 'TERMINATE_PROCESS');
    await awaitThat(async () => (await stateOf(cluster, step)) === 'CANCELLED');
    assert.deepEqual(await applications(cluster), ['cluster RUNNING']);
  });

  it('live on in client mode when only the process of their step gets TERM', async () => {
    const cluster = await startEmrCluster(account, 'orphan');
    const step = await submit(cluster, 'client');
    await awaitDriver(cluster, step);
    await cancel(cluster, step, 'SEND_INTERRUPT');
    await awaitThat(async () => (await stateOf(cluster, step)) === 'CANCELLED');
    assert.deepEqual(await applications(cluster), ['client RUNNING']);
  });

  it('end in client mode when all that the step has started gets KILL', async () => {
    const cluster = await startEmrCluster(account, 'ends');
    const step = await submit(cluster, 'client');
    await awaitDriver(cluster, step);
    await cancel(cluster, step, 'TERMINATE_PROCESS');
    await awaitThat(async () => (await stateOf(cluster, step)) === 'CANCELLED');
    await awaitThat(async () => (await applications(cluster)).length === 0);
  });

  it('wait for memory in their order', async () => {
    const cluster = await startEmrCluster(account, 'full');
    // 896 and 9,216 of 11,712 MB.
    const first = await submit(cluster, 'client', '8g');
    await awaitThat(async () => (await applications(cluster)).includes('client RUNNING'));
    const second = await submit(cluster, 'client', '1g');
    await awaitThat(async () => (await applications(cluster)).join() === 'client RUNNING,client ACCEPTED');
    assert.equal(await stateOf(cluster, second), 'RUNNING');
    await cancel(cluster, first, 'TERMINATE_PROCESS');
    await awaitThat(async () => (await applications(cluster)).join() === 'client RUNNING');
    assert.equal(await stateOf(cluster, second), 'RUNNING');
  });
});
