import {
  DescribeAvailabilityZonesCommand,
  EC2Client,
  paginateDescribeInstanceTypeOfferings,
} from '@aws-sdk/client-ec2';
import { EMRClient, ListReleaseLabelsCommand } from '@aws-sdk/client-emr';
import { KafkaClient, paginateListKafkaVersions } from '@aws-sdk/client-kafka';
import { leftOutZones } from '../deployment/zones.ts';
import { callAws, clientConfig, type AwsConnection } from './connection.ts';

/** Names of the zones that a lake may use, in order: those which are open to every account, without those that we leave out. */
export async function listZones(connection: AwsConnection): Promise<string[]> {
  const client = new EC2Client(clientConfig(connection));
  try {
    const { AvailabilityZones = [] } = await callAws('ec2:DescribeAvailabilityZones', () =>
      client.send(
        new DescribeAvailabilityZonesCommand({
          Filters: [
            { Name: 'state', Values: ['available'] },
            { Name: 'opt-in-status', Values: ['opt-in-not-required'] },
          ],
        }),
      ),
    );
    return AvailabilityZones.filter(({ ZoneId = '' }) => !leftOutZones.includes(ZoneId))
      .map(({ ZoneName = '' }) => ZoneName)
      .sort();
  } finally {
    client.destroy();
  }
}

/** Zones that offer an instance type. */
export async function zonesWith(connection: AwsConnection, type: string): Promise<string[]> {
  const client = new EC2Client(clientConfig(connection));
  try {
    return await callAws('ec2:DescribeInstanceTypeOfferings', async () => {
      const zones: string[] = [];
      const asked = {
        LocationType: 'availability-zone' as const,
        Filters: [{ Name: 'instance-type', Values: [type] }],
      };
      for await (const { InstanceTypeOfferings = [] } of paginateDescribeInstanceTypeOfferings({ client }, asked)) {
        zones.push(...InstanceTypeOfferings.map(({ Location = '' }) => Location));
      }
      return zones.sort();
    });
  } finally {
    client.destroy();
  }
}

/** Releases of EMR that the region has, such as `emr-7.12.0`, of one major version. */
export async function listReleases(connection: AwsConnection, prefix: string): Promise<string[]> {
  const client = new EMRClient(clientConfig(connection));
  try {
    return await callAws('elasticmapreduce:ListReleaseLabels', async () => {
      const found: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await client.send(new ListReleaseLabelsCommand({ Filters: { Prefix: prefix }, NextToken }));
        found.push(...(page.ReleaseLabels ?? []));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return found;
    });
  } finally {
    client.destroy();
  }
}

/** Versions of Kafka that MSK makes brokers with, such as `3.8.x`. */
export async function listKafkaVersions(connection: AwsConnection): Promise<string[]> {
  const client = new KafkaClient(clientConfig(connection));
  try {
    return await callAws('kafka:ListKafkaVersions', async () => {
      const found: string[] = [];
      for await (const { KafkaVersions = [] } of paginateListKafkaVersions({ client }, {})) {
        found.push(...KafkaVersions.filter(({ Status }) => Status === 'ACTIVE').map(({ Version = '' }) => Version));
      }
      return found;
    });
  } finally {
    client.destroy();
  }
}
