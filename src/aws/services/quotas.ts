import {
  DescribeAddressesCommand,
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeInstanceTypes,
  paginateDescribeVpcs,
  type _InstanceType,
} from '@aws-sdk/client-ec2';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { awsErrorName, callAws, clientConfig, type AwsConnection, useClient } from './connection.ts';

/** A quota by service and code, as Service Quotas names them. */
export interface QuotaName {
  service: string;
  code: string;
}

/** The value of a quota of the account in the region. */
export async function readQuota(connection: AwsConnection, { service, code }: QuotaName): Promise<number> {
  const client = new ServiceQuotasClient(clientConfig(connection));
  const asked = { ServiceCode: service, QuotaCode: code };
  try {
    const { Quota } = await callAws('servicequotas:GetServiceQuota', () =>
      client.send(new GetServiceQuotaCommand(asked)),
    );
    return Quota?.Value ?? 0;
  } catch (error) {
    // The service has no value of its own for a quota that was never changed.
    if (awsErrorName(error) !== 'NoSuchResourceException') throw error;
    const { Quota } = await callAws('servicequotas:GetAWSDefaultServiceQuota', () =>
      client.send(new GetAWSDefaultServiceQuotaCommand(asked)),
    );
    return Quota?.Value ?? 0;
  } finally {
    client.destroy();
  }
}

/** Families of instances that share one quota: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances". */
const standard = /^(?!inf|trn|mac|dl|hpc|high)[acdhimrtz]/;

/** How many on-demand instances of the standard families run, by type. */
export async function countStandardInstances(connection: AwsConnection): Promise<Map<string, number>> {
  return useEc2(connection, async (client) => {
    const counts = new Map<string, number>();
    await callAws('ec2:DescribeInstances', async () => {
      const Filters = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }];
      for await (const { Reservations = [] } of paginateDescribeInstances({ client }, { Filters })) {
        for (const { InstanceType = '', InstanceLifecycle } of Reservations.flatMap(
          ({ Instances = [] }) => Instances,
        )) {
          if (!standard.test(InstanceType) || InstanceLifecycle === 'spot') continue;
          counts.set(InstanceType, (counts.get(InstanceType) ?? 0) + 1);
        }
      }
    });
    return counts;
  });
}

/** vCPUs of instances of the standard families, given by type. */
export async function countVcpus(connection: AwsConnection, instances: ReadonlyMap<string, number>): Promise<number> {
  const types = [...instances.keys()].filter((type) => standard.test(type));
  if (types.length === 0) return 0;
  return useEc2(connection, (client) =>
    callAws('ec2:DescribeInstanceTypes', async () => {
      let sum = 0;
      const Filters = [{ Name: 'instance-type', Values: types as _InstanceType[] }];
      for await (const { InstanceTypes = [] } of paginateDescribeInstanceTypes({ client }, { Filters })) {
        for (const { InstanceType = '', VCpuInfo } of InstanceTypes) {
          sum += (instances.get(InstanceType) ?? 0) * (VCpuInfo?.DefaultVCpus ?? 0);
        }
      }
      return sum;
    }),
  );
}

/** How many elastic addresses the account holds in the region. */
export async function countAddresses(connection: AwsConnection): Promise<number> {
  return useEc2(connection, async (client) => {
    const { Addresses = [] } = await callAws('ec2:DescribeAddresses', () =>
      client.send(new DescribeAddressesCommand({})),
    );
    return Addresses.length;
  });
}

/** How many networks (VPCs) the account has in the region. */
export async function countNetworks(connection: AwsConnection): Promise<number> {
  return useEc2(connection, (client) =>
    callAws('ec2:DescribeVpcs', async () => {
      let count = 0;
      for await (const { Vpcs = [] } of paginateDescribeVpcs({ client }, {})) count += Vpcs.length;
      return count;
    }),
  );
}

async function useEc2<T>(connection: AwsConnection, act: (client: EC2Client) => Promise<T>): Promise<T> {
  return useClient(new EC2Client(clientConfig(connection)), act);
}
