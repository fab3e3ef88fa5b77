import {
  DeleteNatGatewayCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeNatGatewaysCommand,
  EC2Client,
  ReleaseAddressCommand,
  TerminateInstancesCommand,
  type NatGateway,
} from '@aws-sdk/client-ec2';
import { EMRClient, TerminateJobFlowsCommand } from '@aws-sdk/client-emr';
import { DeleteClusterCommand, KafkaClient, ListClustersV2Command } from '@aws-sdk/client-kafka';
import { findCluster } from '../services/emr.ts';
import { awsErrorName, callAws, clientConfig } from '../services/connection.ts';
import type { LakeEnvironment } from './environment.ts';

// Each function ends what exists of its kind and returns its ARNs; what has ended already is left out.

export async function endCluster(lake: LakeEnvironment, name: string): Promise<string[]> {
  const cluster = await findCluster(lake.connection, name);
  if (cluster === undefined) return [];
  await lend(new EMRClient(clientConfig(lake.connection)), (emr) =>
    callAws('elasticmapreduce:TerminateJobFlows', () =>
      emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [cluster.id] })),
    ),
  );
  return [arnOf(lake, 'elasticmapreduce', `cluster/${cluster.id}`)];
}

/** Ends the instances of the lake that are not nodes of EMR. */
export async function endHost(lake: LakeEnvironment): Promise<string[]> {
  return lend(new EC2Client(clientConfig(lake.connection)), async (ec2) => {
    const states = ['pending', 'running', 'stopping', 'stopped'];
    const { Reservations = [] } = await callAws('ec2:DescribeInstances', () =>
      ec2.send(
        new DescribeInstancesCommand({ Filters: [...ours(lake), { Name: 'instance-state-name', Values: states }] }),
      ),
    );
    const ids = Reservations.flatMap(({ Instances = [] }) => Instances)
      .filter(({ Tags = [] }) => !Tags.some(({ Key }) => Key === 'aws:elasticmapreduce:job-flow-id'))
      .map(({ InstanceId = '' }) => InstanceId);
    if (ids.length === 0) return [];
    await callAws('ec2:TerminateInstances', () => ec2.send(new TerminateInstancesCommand({ InstanceIds: ids })));
    return ids.map((id) => arnOf(lake, 'ec2', `instance/${id}`));
  });
}

export async function endStream(lake: LakeEnvironment, name: string): Promise<string[]> {
  return lend(new KafkaClient(clientConfig(lake.connection)), async (kafka) => {
    const { ClusterInfoList = [] } = await callAws('kafka:ListClustersV2', () =>
      kafka.send(new ListClustersV2Command({ ClusterNameFilter: name })),
    );
    const standing = ClusterInfoList.filter(({ ClusterName, State }) => ClusterName === name && State !== 'DELETING');
    const arns = standing.map(({ ClusterArn = '' }) => ClusterArn);
    for (const arn of arns) {
      await unlessGone(() =>
        callAws('kafka:DeleteCluster', () => kafka.send(new DeleteClusterCommand({ ClusterArn: arn }))),
      );
    }
    return arns;
  });
}

export async function endNatGateways(lake: LakeEnvironment): Promise<string[]> {
  return lend(new EC2Client(clientConfig(lake.connection)), async (ec2) => {
    const gateways = await listGateways(ec2, lake, ['pending', 'available']);
    const ids = gateways.map(({ NatGatewayId = '' }) => NatGatewayId);
    for (const id of ids) {
      await unlessGone(() =>
        callAws('ec2:DeleteNatGateway', () => ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id }))),
      );
    }
    return ids.map((id) => arnOf(lake, 'ec2', `natgateway/${id}`));
  });
}

/** Releases the addresses that nothing uses. @returns also how many are still in use, by a gateway that is ending */
export async function endAddresses(lake: LakeEnvironment): Promise<{ released: string[]; held: number }> {
  return lend(new EC2Client(clientConfig(lake.connection)), async (ec2) => {
    const busy = new Set((await listGateways(ec2, lake, ['pending', 'available', 'deleting'])).flatMap(addressesOf));
    const { Addresses = [] } = await callAws('ec2:DescribeAddresses', () =>
      ec2.send(new DescribeAddressesCommand({ Filters: ours(lake) })),
    );
    const released: string[] = [];
    for (const { AllocationId = '', InstanceId } of Addresses) {
      if (busy.has(AllocationId) || InstanceId) continue;
      if (await release(ec2, AllocationId)) released.push(arnOf(lake, 'ec2', `elastic-ip/${AllocationId}`));
    }
    return { released, held: Addresses.length - released.length };
  });
}

/** @returns false while something still uses it */
async function release(ec2: EC2Client, allocation: string): Promise<boolean> {
  try {
    await unlessGone(() =>
      callAws('ec2:ReleaseAddress', () => ec2.send(new ReleaseAddressCommand({ AllocationId: allocation }))),
    );
    return true;
  } catch (error) {
    if (awsErrorName(error) === 'InvalidIPAddress.InUse') return false;
    throw error;
  }
}

async function listGateways(ec2: EC2Client, lake: LakeEnvironment, states: string[]): Promise<NatGateway[]> {
  const { NatGateways = [] } = await callAws('ec2:DescribeNatGateways', () =>
    ec2.send(new DescribeNatGatewaysCommand({ Filter: [...ours(lake), { Name: 'state', Values: states }] })),
  );
  return NatGateways;
}

function addressesOf({ NatGatewayAddresses = [] }: NatGateway): string[] {
  return NatGatewayAddresses.map(({ AllocationId = '' }) => AllocationId);
}

function ours({ lake }: LakeEnvironment): { Name: string; Values: string[] }[] {
  return [
    { Name: 'tag:project', Values: ['crypto-lake'] },
    { Name: 'tag:lake', Values: [lake] },
  ];
}

async function unlessGone(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!/NotFound/.test(awsErrorName(error))) throw error;
  }
}

/** An ARN in the account and region of the lake, taken from the ARN of the alerts. */
function arnOf({ alerts }: LakeEnvironment, service: string, resource: string): string {
  const [, partition = 'aws', , region = '', account = ''] = alerts.split(':');
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

async function lend<Client extends { destroy: () => void }, T>(
  client: Client,
  act: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    return await act(client);
  } finally {
    client.destroy();
  }
}
