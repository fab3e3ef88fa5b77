import { DescribeInstancesCommand, DescribeNatGatewaysCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, EMRClient } from '@aws-sdk/client-emr';
import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
  type GetResourcesCommandOutput,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { callAws, clientConfig, type AwsConnection } from './connection.ts';

/** Something in the account that has the lake's tags. */
export interface Tagged {
  arn: string;
  tags: Record<string, string>;
}

/**
 * Everything in the region that has all these tags and has not ended. The tagging API lists some resources for an hour after their end:
 * the services themselves are asked about those.
 */
export async function listTagged(connection: AwsConnection, tags: Record<string, string>): Promise<Tagged[]> {
  const client = new ResourceGroupsTaggingAPIClient(clientConfig(connection));
  const found: Tagged[] = [];
  try {
    let token: string | undefined;
    do {
      const from = token;
      const page: GetResourcesCommandOutput = await callAws('tag:GetResources', () =>
        client.send(
          new GetResourcesCommand({
            TagFilters: Object.entries(tags).map(([Key, value]) => ({ Key, Values: [value] })),
            PaginationToken: from,
          }),
        ),
      );
      for (const { ResourceARN = '', Tags = [] } of page.ResourceTagMappingList ?? []) {
        found.push({
          arn: ResourceARN,
          tags: Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
        });
      }
      token = page.PaginationToken === '' ? undefined : page.PaginationToken;
    } while (token !== undefined);
  } finally {
    client.destroy();
  }
  const lives = await Promise.all(found.map(({ arn }) => isLiving(connection, arn)));
  return found.filter((_, at) => lives[at]);
}

/** False only for a resource that is known to have ended. */
async function isLiving(connection: AwsConnection, arn: string): Promise<boolean> {
  const [, , service = '', , , resource = ''] = arn.split(/:(?=.*)/, 6);
  const id = resource.split('/').at(-1) ?? '';
  if (service === 'ec2' && resource.startsWith('instance/')) return instanceLives(connection, id);
  if (service === 'ec2' && resource.startsWith('natgateway/')) return natGatewayLives(connection, id);
  if (service === 'elasticmapreduce' && resource.startsWith('cluster/')) return clusterLives(connection, id);
  return true;
}

async function instanceLives(connection: AwsConnection, id: string): Promise<boolean> {
  return asking(new EC2Client(clientConfig(connection)), 'ec2:DescribeInstances', async (ec2) => {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    const state = Reservations[0]?.Instances?.[0]?.State?.Name;
    return state !== undefined && state !== 'terminated' && state !== 'shutting-down';
  });
}

async function natGatewayLives(connection: AwsConnection, id: string): Promise<boolean> {
  return asking(new EC2Client(clientConfig(connection)), 'ec2:DescribeNatGateways', async (ec2) => {
    const { NatGateways = [] } = await ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] }));
    const state = NatGateways[0]?.State;
    return state !== undefined && state !== 'deleted' && state !== 'deleting';
  });
}

async function clusterLives(connection: AwsConnection, id: string): Promise<boolean> {
  return asking(new EMRClient(clientConfig(connection)), 'elasticmapreduce:DescribeCluster', async (emr) => {
    const { Cluster } = await emr.send(new DescribeClusterCommand({ ClusterId: id }));
    return !/^TERMINAT/.test(Cluster?.Status?.State ?? 'TERMINATED');
  });
}

/** A resource that AWS does not find has ended. */
async function asking<C extends { destroy: () => void }>(
  client: C,
  action: string,
  ask: (client: C) => Promise<boolean>,
): Promise<boolean> {
  try {
    return await callAws(action, () => ask(client));
  } catch (error) {
    if (/NotFound|InvalidRequest|Invalid.*ID/.test((error as Error).name)) return false;
    throw error;
  } finally {
    client.destroy();
  }
}
