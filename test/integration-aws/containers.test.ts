import assert from 'node:assert/strict';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  ECSClient,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { CreateRepositoryCommand, DeleteRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { deleteTaskDefinitions, describeServices } from '../../src/aws/services/container-services.ts';
import { connectionOf } from '../../src/aws/services/connection.ts';
import { sweepTagged } from '../../src/aws/services/sweep.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { EmulatedAccount } from '../support/aws/account.ts';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { changeEnvironment } from '../support/environment.ts';
import { skipWithout } from '../support/skipping.ts';

const cluster = 'acme-producers';
const family = 'acme-producer-quotes';
const tags = [{ key: 'lake', value: 'acme' }];

describe('containers in an account, when they end', function () {
  this.timeout(120_000);
  let account: EmulatedAccount;
  let restore: (() => void) | undefined;

  before(async function () {
    skipWithout(this, await emulatorUnavailable());
    account = await EmulatedAccount.start();
    restore = changeEnvironment(account.env());
  });

  after(async () => {
    restore?.();
    await account?.stop();
  });

  it('stay listed by their tags, and count as gone', async () => {
    const ecs = new ECSClient(account.clientConfig);
    const ecr = new ECRClient(account.clientConfig);
    const connection = connectionOf({ region: 'us-east-1' }, account.env());
    const living = async () => {
      const { living: found } = await sweepTagged(connection, { lake: 'acme' });
      return found.map(({ arn }) => arn.split(':').slice(5).join(':')).sort();
    };
    await ecs.send(new CreateClusterCommand({ clusterName: cluster, tags }));
    const { taskDefinition: definition } = await ecs.send(
      new RegisterTaskDefinitionCommand({ family, tags, containerDefinitions: [{ name: 'one', image: 'none' }] }),
    );
    const taskDefinition = definition?.taskDefinitionArn;
    await ecs.send(new CreateServiceCommand({ cluster, serviceName: family, taskDefinition, tags, desiredCount: 0 }));
    const repository = { repositoryName: cluster };
    await ecr.send(new CreateRepositoryCommand({ ...repository, tags: [{ Key: 'lake', Value: 'acme' }] }));
    assert.deepEqual(await living(), [
      `cluster/${cluster}`,
      `repository/${cluster}`,
      `service/${cluster}/${family}`,
      `task-definition/${family}:1`,
    ]);
    const [service] = await describeServices(connection, cluster, [family]);
    assert.deepEqual([service?.desired, service?.running, service?.deployments], [0, 0, 1]);

    await assert.rejects(ecs.send(new DeleteClusterCommand({ cluster })), { name: 'ClusterContainsServicesException' });
    await ecs.send(new DeleteServiceCommand({ cluster, service: family }));
    const drained = await awaitAnswer(
      async () => {
        const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [family] }));
        return services[0]?.status === 'INACTIVE' ? true : undefined;
      },
      { withinMs: 10_000 },
    );
    assert.ok(drained);
    assert.deepEqual(await describeServices(connection, cluster, [family]), []);
    await ecs.send(new DeleteClusterCommand({ cluster }));
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
    await ecr.send(new DeleteRepositoryCommand(repository));
    const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
    assert.equal(clusters[0]?.status, 'INACTIVE');
    assert.deepEqual(await living(), []);
    // As of a cluster that has never been.
    assert.deepEqual(await describeServices(connection, cluster, [family]), []);

    const inactive = async () =>
      (await ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: family, status: 'INACTIVE' }))).taskDefinitionArns;
    assert.equal((await inactive())?.length, 1);
    await deleteTaskDefinitions(connection, [family]);
    assert.deepEqual(await inactive(), []);
  });
});
