import {
  DescribeInstancesCommand,
  EC2Client,
  paginateDescribeNatGateways,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { KafkaClient, paginateListClustersV2 } from '@aws-sdk/client-kafka';
import { Fault } from '../../errors.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import { callAws, clientConfig, type AwsConnection } from './connection.ts';

/** A virtual machine as EC2 describes it. */
export interface HostState {
  id: string;
  /** pending, running, stopping, stopped ... */
  state: string;
  type: string;
  address: string | undefined;
  since: Date | undefined;
}

/** A cluster of brokers as MSK describes it. */
export interface BrokersState {
  /** CREATING, ACTIVE, UPDATING, DELETING, FAILED ... */
  state: string;
  brokers: number;
  type: string;
}

/** The host with a tag `Name`, undefined when there is none or it has ended. */
export async function findHost(connection: AwsConnection, name: string): Promise<HostState | undefined> {
  const ec2 = new EC2Client(clientConfig(connection));
  try {
    const { Reservations = [] } = await callAws('ec2:DescribeInstances', () =>
      ec2.send(
        new DescribeInstancesCommand({
          Filters: [
            { Name: 'tag:Name', Values: [name] },
            { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
          ],
        }),
      ),
    );
    const [found] = Reservations.flatMap(({ Instances = [] }) => Instances);
    if (found === undefined) return undefined;
    return {
      id: found.InstanceId ?? '',
      state: found.State?.Name ?? '',
      type: found.InstanceType ?? '',
      address: found.PublicIpAddress,
      since: found.LaunchTime,
    };
  } finally {
    ec2.destroy();
  }
}

/**
 * Ends a virtual machine and waits until it has shut down, which stops its services in order.
 * @throws Fault of kind `part` when it still runs after ten minutes
 */
export async function endHost(
  connection: AwsConnection,
  id: string,
  signal: AbortSignal,
  withinMs = 10 * 60_000,
): Promise<void> {
  const ec2 = new EC2Client(clientConfig(connection));
  const InstanceIds = [id];
  try {
    await callAws('ec2:TerminateInstances', () => ec2.send(new TerminateInstancesCommand({ InstanceIds })));
    const ended = await awaitAnswer(
      async () => {
        const { Reservations = [] } = await callAws('ec2:DescribeInstances', () =>
          ec2.send(new DescribeInstancesCommand({ InstanceIds })),
        );
        const states = Reservations.flatMap(({ Instances = [] }) => Instances).map(({ State }) => State?.Name);
        return states.every((state) => state === 'terminated') ? true : undefined;
      },
      { withinMs, everyMs: 1000, signal },
    );
    if (ended === undefined) {
      throw new Fault('part', `the producer host ${id} does not shut down`, {
        next: 'Its producers may still send. See the instance in the console of EC2, then run the same command again.',
      });
    }
  } finally {
    ec2.destroy();
  }
}

/** How many NAT gateways with this tag exist. */
export async function countNatGateways(
  connection: AwsConnection,
  tag: { key: string; value: string },
): Promise<number> {
  const ec2 = new EC2Client(clientConfig(connection));
  try {
    return await callAws('ec2:DescribeNatGateways', async () => {
      let count = 0;
      const Filter = [
        { Name: `tag:${tag.key}`, Values: [tag.value] },
        { Name: 'state', Values: ['pending', 'available'] },
      ];
      for await (const { NatGateways = [] } of paginateDescribeNatGateways({ client: ec2 }, { Filter })) {
        count += NatGateways.length;
      }
      return count;
    });
  } finally {
    ec2.destroy();
  }
}

/** The brokers of this name, undefined when there are none. */
export async function findBrokers(connection: AwsConnection, name: string): Promise<BrokersState | undefined> {
  const kafka = new KafkaClient(clientConfig(connection));
  try {
    return await callAws('kafka:ListClustersV2', async () => {
      for await (const page of paginateListClustersV2({ client: kafka }, { ClusterNameFilter: name })) {
        const found = (page.ClusterInfoList ?? []).find(({ ClusterName }) => ClusterName === name);
        if (found === undefined) continue;
        return {
          state: found.State ?? '',
          brokers: found.Provisioned?.NumberOfBrokerNodes ?? 0,
          type: found.Provisioned?.BrokerNodeGroupInfo?.InstanceType ?? '',
        };
      }
      return undefined;
    });
  } finally {
    kafka.destroy();
  }
}
