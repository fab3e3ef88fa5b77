import {
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeInternetGateways,
  paginateDescribeNatGateways,
  paginateDescribeNetworkInterfaces,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroupRules,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVolumes,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
  DescribeAddressesCommand,
  DescribeKeyPairsCommand,
  type Filter,
} from '@aws-sdk/client-ec2';
import { EMRClient, paginateListClusters } from '@aws-sdk/client-emr';
import { KafkaClient, paginateListClustersV2 } from '@aws-sdk/client-kafka';
import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
  type GetResourcesCommandOutput,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { callAws, clientConfig, type AwsConnection } from './connection.ts';
import { containerKinds } from './container-sweep.ts';
import type { Kind } from './swept-kind.ts';

/** Something in the account that has the lake's tags. */
export interface Tagged {
  arn: string;
  tags: Record<string, string>;
}

export interface Swept {
  /** what exists, as far as is known */
  living: Tagged[];
  /** what the tagging API lists although its own service has no such thing any more, or is ending it */
  ended: Tagged[];
}

/** Everything in the region that has all these tags and has not ended. */
export async function listTagged(connection: AwsConnection, tags: Record<string, string>): Promise<Tagged[]> {
  return (await sweepTagged(connection, tags)).living;
}

/**
 * Everything in the region that is listed with all these tags. The tagging API goes on listing resources for up to an hour after their end,
 * so the services themselves are asked, once for each kind.
 */
export async function sweepTagged(connection: AwsConnection, tags: Record<string, string>): Promise<Swept> {
  const listed = await listAll(connection, tags);
  const living = new Set<string>();
  await Promise.all(
    kinds.map(async ({ action, belongs, find }) => {
      const own = listed.filter(({ arn }) => belongs.test(arn));
      if (own.length === 0) return;
      const found = new Set(
        await callAws(action, () =>
          find(
            connection,
            own.map(({ arn }) => identify(arn)),
          ),
        ),
      );
      for (const { arn } of own) if (found.has(identify(arn))) living.add(arn);
    }),
  );
  const isLiving = ({ arn }: Tagged) => living.has(arn) || !kinds.some(({ belongs }) => belongs.test(arn));
  return { living: listed.filter(isLiving), ended: listed.filter((one) => !isLiving(one)) };
}

async function listAll(connection: AwsConnection, tags: Record<string, string>): Promise<Tagged[]> {
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
  return found;
}

/** What the service calls the resource: the last part of its ARN, and for MSK and ECS the ARN itself. */
function identify(arn: string): string {
  return /:(kafka|ecs):/.test(arn) ? arn : (arn.split('/').at(-1) ?? '');
}

/** A page of what EC2 describes; a filter by ids passes over those that do not exist, and the parameter with ids fails. */
type Ask<Found> = (client: EC2Client, Filters: Filter[]) => AsyncIterable<Found[] | undefined>;

function ofEc2<Found>(
  kind: string,
  action: Kind['action'],
  filter: string,
  ask: Ask<Found>,
  living: (found: Found) => string | undefined,
): Kind {
  return {
    action,
    belongs: new RegExp(`:ec2:[^:]*:[^:]*:${kind}/`),
    find: async (connection, ids) => {
      const client = new EC2Client(clientConfig(connection));
      try {
        const found: string[] = [];
        // EC2 takes up to 200 values of a filter.
        for (let at = 0; at < ids.length; at += 200) {
          const pages = ask(client, [{ Name: filter, Values: ids.slice(at, at + 200) }]);
          for await (const page of pages) found.push(...(page ?? []).flatMap((one) => living(one) ?? []));
        }
        return found;
      } finally {
        client.destroy();
      }
    },
  };
}

/** The id unless the state is one of an end. */
const unlessIn = (states: RegExp, id: string | undefined, state: string | undefined) =>
  states.test(state ?? '') ? undefined : id;

const ending = /^(deleting|deleted)$/i;

const kinds: readonly Kind[] = [
  ...containerKinds,
  ofEc2(
    'instance',
    'ec2:DescribeInstances',
    'instance-id',
    async function* (client, Filters) {
      for await (const { Reservations = [] } of paginateDescribeInstances({ client }, { Filters })) {
        yield Reservations.flatMap(({ Instances = [] }) => Instances);
      }
    },
    ({ InstanceId, State }) => unlessIn(/^(terminated|shutting-down)$/, InstanceId, State?.Name),
  ),
  ofEc2(
    'volume',
    'ec2:DescribeVolumes',
    'volume-id',
    async function* (client, Filters) {
      for await (const { Volumes } of paginateDescribeVolumes({ client }, { Filters })) yield Volumes;
    },
    ({ VolumeId, State }) => unlessIn(ending, VolumeId, State),
  ),
  ofEc2(
    'network-interface',
    'ec2:DescribeNetworkInterfaces',
    'network-interface-id',
    async function* (client, Filters) {
      for await (const page of paginateDescribeNetworkInterfaces({ client }, { Filters })) yield page.NetworkInterfaces;
    },
    ({ NetworkInterfaceId }) => NetworkInterfaceId,
  ),
  ofEc2(
    'natgateway',
    'ec2:DescribeNatGateways',
    'nat-gateway-id',
    async function* (client, Filter) {
      for await (const { NatGateways } of paginateDescribeNatGateways({ client }, { Filter })) yield NatGateways;
    },
    ({ NatGatewayId, State }) => unlessIn(ending, NatGatewayId, State),
  ),
  ofEc2(
    'elastic-ip',
    'ec2:DescribeAddresses',
    'allocation-id',
    async function* (client, Filters) {
      yield (await client.send(new DescribeAddressesCommand({ Filters }))).Addresses;
    },
    ({ AllocationId }) => AllocationId,
  ),
  ofEc2(
    'vpc-endpoint',
    'ec2:DescribeVpcEndpoints',
    'vpc-endpoint-id',
    async function* (client, Filters) {
      for await (const { VpcEndpoints } of paginateDescribeVpcEndpoints({ client }, { Filters })) yield VpcEndpoints;
    },
    ({ VpcEndpointId, State }) => unlessIn(ending, VpcEndpointId, State),
  ),
  ofEc2(
    'vpc',
    'ec2:DescribeVpcs',
    'vpc-id',
    async function* (client, Filters) {
      for await (const { Vpcs } of paginateDescribeVpcs({ client }, { Filters })) yield Vpcs;
    },
    ({ VpcId }) => VpcId,
  ),
  ofEc2(
    'subnet',
    'ec2:DescribeSubnets',
    'subnet-id',
    async function* (client, Filters) {
      for await (const { Subnets } of paginateDescribeSubnets({ client }, { Filters })) yield Subnets;
    },
    ({ SubnetId }) => SubnetId,
  ),
  ofEc2(
    'route-table',
    'ec2:DescribeRouteTables',
    'route-table-id',
    async function* (client, Filters) {
      for await (const { RouteTables } of paginateDescribeRouteTables({ client }, { Filters })) yield RouteTables;
    },
    ({ RouteTableId }) => RouteTableId,
  ),
  ofEc2(
    'internet-gateway',
    'ec2:DescribeInternetGateways',
    'internet-gateway-id',
    async function* (client, Filters) {
      for await (const page of paginateDescribeInternetGateways({ client }, { Filters })) yield page.InternetGateways;
    },
    ({ InternetGatewayId }) => InternetGatewayId,
  ),
  ofEc2(
    'security-group',
    'ec2:DescribeSecurityGroups',
    'group-id',
    async function* (client, Filters) {
      for await (const page of paginateDescribeSecurityGroups({ client }, { Filters })) yield page.SecurityGroups;
    },
    ({ GroupId }) => GroupId,
  ),
  ofEc2(
    'security-group-rule',
    'ec2:DescribeSecurityGroupRules',
    'security-group-rule-id',
    async function* (client, Filters) {
      for await (const page of paginateDescribeSecurityGroupRules({ client }, { Filters })) {
        yield page.SecurityGroupRules;
      }
    },
    ({ SecurityGroupRuleId }) => SecurityGroupRuleId,
  ),
  ofEc2(
    'key-pair',
    'ec2:DescribeKeyPairs',
    'key-pair-id',
    async function* (client, Filters) {
      yield (await client.send(new DescribeKeyPairsCommand({ Filters }))).KeyPairs;
    },
    ({ KeyPairId }) => KeyPairId,
  ),
  {
    action: 'kafka:ListClustersV2',
    belongs: /:kafka:[^:]*:[^:]*:cluster\//,
    find: async (connection) => {
      const client = new KafkaClient(clientConfig(connection));
      try {
        const found: string[] = [];
        for await (const { ClusterInfoList = [] } of paginateListClustersV2({ client }, {})) {
          found.push(...ClusterInfoList.flatMap(({ ClusterArn, State }) => unlessIn(ending, ClusterArn, State) ?? []));
        }
        return found;
      } finally {
        client.destroy();
      }
    },
  },
  {
    action: 'elasticmapreduce:ListClusters',
    belongs: /:elasticmapreduce:[^:]*:[^:]*:cluster\//,
    find: async (connection) => {
      const client = new EMRClient(clientConfig(connection));
      try {
        const found: string[] = [];
        const ClusterStates = ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING'] as const;
        for await (const { Clusters = [] } of paginateListClusters({ client }, { ClusterStates: [...ClusterStates] })) {
          found.push(...Clusters.flatMap(({ Id }) => Id ?? []));
        }
        return found;
      } finally {
        client.destroy();
      }
    },
  },
];
