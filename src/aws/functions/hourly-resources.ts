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
import { DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DeleteClusterCommand, KafkaClient, ListClustersV2Command } from '@aws-sdk/client-kafka';
import { scheduledRules } from '../../lake/functions.ts';
import { cloudEndpoint, findRunningDeployment, shutDownDeployment } from '../search/elastic-cloud.ts';
import { listProducerTasks } from '../containers/tasks.ts';
import { describeServices, updateService } from '../services/container-services.ts';
import { findCluster } from '../services/emr.ts';
import { awsErrorName, callAws, clientConfig, useClient } from '../services/connection.ts';
import { readSecret } from '../services/secrets-manager.ts';
import type { LakeEnvironment } from './environment.ts';

/** Something that costs by the hour and could not be ended now. */
export interface Remainder {
  /** ARN, or name where there is none */
  what: string;
  why: string;
}

/** What was done about one kind; what had ended before is in neither. */
export interface Ended {
  /** ARNs, or names where there are none */
  deleted: string[];
  left: Remainder[];
}

// Each function ends what exists of its kind. What fails does not keep it from the rest, because each hour of it costs money.

export async function endCluster(lake: LakeEnvironment, name: string): Promise<Ended> {
  return endAll(`the EMR cluster ${name}`, async () => {
    const cluster = await findCluster(lake.connection, name);
    if (cluster === undefined) return [];
    const end = () =>
      useClient(new EMRClient(clientConfig(lake.connection)), (emr) =>
        callAws('elasticmapreduce:TerminateJobFlows', () =>
          emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [cluster.id] })),
        ),
      );
    return [{ what: arnOf(lake, 'elasticmapreduce', `cluster/${cluster.id}`), end }];
  });
}

/** Ends the instances of the lake that are not nodes of EMR. */
export async function endHost(lake: LakeEnvironment): Promise<Ended> {
  return useClient(new EC2Client(clientConfig(lake.connection)), (ec2) =>
    endAll('the producer host', async () => {
      const states = ['pending', 'running', 'stopping', 'stopped'];
      const { Reservations = [] } = await callAws('ec2:DescribeInstances', () =>
        ec2.send(
          new DescribeInstancesCommand({ Filters: [...ours(lake), { Name: 'instance-state-name', Values: states }] }),
        ),
      );
      return Reservations.flatMap(({ Instances = [] }) => Instances)
        .filter(({ Tags = [] }) => !Tags.some(({ Key }) => Key === 'aws:elasticmapreduce:job-flow-id'))
        .map(({ InstanceId: id = '' }) => ({
          what: arnOf(lake, 'ec2', `instance/${id}`),
          end: () =>
            callAws('ec2:TerminateInstances', () => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))),
        }));
    }),
  );
}

/** Ends the tasks of the producers, where they are containers; a service without a task costs nothing. */
export async function endServices(lake: LakeEnvironment): Promise<Ended> {
  const cluster = lake.variable('PRODUCER_CLUSTER');
  if (cluster === undefined) return { deleted: [], left: [] };
  return endAll('the tasks of the producers', async () => {
    const names = listProducerTasks().map(({ name }) => `${lake.lake}-${name}`);
    const services = await describeServices(lake.connection, cluster, names);
    return services
      .filter(({ desired }) => desired > 0)
      .map(({ name, arn }) => ({
        what: arn,
        end: () => updateService(lake.connection, cluster, { name, desired: 0 }),
      }));
  });
}

/** MSK refuses while it works on the brokers itself: in MAINTENANCE, HEALING, UPDATING. */
export async function endStream(lake: LakeEnvironment, name: string): Promise<Ended> {
  return useClient(new KafkaClient(clientConfig(lake.connection)), (kafka) =>
    endAll(`the MSK cluster ${name}`, async () => {
      const { ClusterInfoList = [] } = await callAws('kafka:ListClustersV2', () =>
        kafka.send(new ListClustersV2Command({ ClusterNameFilter: name })),
      );
      return ClusterInfoList.filter(({ ClusterName, State }) => ClusterName === name && State !== 'DELETING').map(
        ({ ClusterArn: what = '' }) => ({
          what,
          end: () => callAws('kafka:DeleteCluster', () => kafka.send(new DeleteClusterCommand({ ClusterArn: what }))),
        }),
      );
    }),
  );
}

export async function endNatGateways(lake: LakeEnvironment): Promise<Ended> {
  return useClient(new EC2Client(clientConfig(lake.connection)), (ec2) =>
    endAll('the NAT gateway', async () => {
      const gateways = await listGateways(ec2, lake, ['pending', 'available']);
      return gateways.map(({ NatGatewayId: id = '' }) => ({
        what: arnOf(lake, 'ec2', `natgateway/${id}`),
        end: () => callAws('ec2:DeleteNatGateway', () => ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id }))),
      }));
    }),
  );
}

/** The deployment in Elastic Cloud, which is found by name and tags; nothing where the lake has none. */
export async function endSearch(lake: LakeEnvironment): Promise<Ended> {
  const secret = lake.variable('ELASTIC_CLOUD_SECRET');
  if (secret === undefined) return { deleted: [], left: [] };
  const name = `${lake.lake}-search`;
  const what = `the deployment ${name} in Elastic Cloud`;
  return endAll(what, async () => {
    const apiKey = (await readSecret(lake.connection, secret))?.['apiKey'];
    if (apiKey === undefined) throw new Error(`there is no API key in the secret ${secret}`);
    const cloud = { endpoint: cloudEndpoint({ EC_ENDPOINT: lake.variable('EC_ENDPOINT') }), apiKey };
    const signal = AbortSignal.timeout(60_000);
    const tags = { project: 'crypto-lake', lake: lake.lake };
    const id = await findRunningDeployment(cloud, { name, tags }, signal);
    return id === undefined ? [] : [{ what, end: () => shutDownDeployment(cloud, id, signal) }];
  });
}

/** What fires by the calendar: without jobs it would only cost, or report that all is old. The next `up` enables it. */
export async function endSchedules(lake: LakeEnvironment): Promise<Ended> {
  const { left } = await useClient(new EventBridgeClient(clientConfig(lake.connection)), (events) =>
    endAll('the rules', () =>
      Promise.resolve(
        scheduledRules.map((rule) => ({
          what: arnOf(lake, 'events', `rule/${lake.lake}-${rule}`),
          end: () =>
            callAws('events:DisableRule', () => events.send(new DisableRuleCommand({ Name: `${lake.lake}-${rule}` }))),
        })),
      ),
    ),
  );
  // Nothing was deleted.
  return { deleted: [], left };
}

/** Releases the addresses that nothing uses. @returns also how many wait for a gateway that is ending */
export async function endAddresses(lake: LakeEnvironment): Promise<Ended & { waiting: number }> {
  return useClient(new EC2Client(clientConfig(lake.connection)), async (ec2) => {
    let waiting = 0;
    const ended = await endAll('the public address', async () => {
      const ending = new Set((await listGateways(ec2, lake, ['deleting'])).flatMap(addressesOf));
      const { Addresses = [] } = await callAws('ec2:DescribeAddresses', () =>
        ec2.send(new DescribeAddressesCommand({ Filters: ours(lake) })),
      );
      return Addresses.map(({ AllocationId: id = '' }) => ({
        what: arnOf(lake, 'ec2', `elastic-ip/${id}`),
        end: async () => {
          if (ending.has(id)) waiting += 1;
          if (ending.has(id)) throw new Error('its NAT gateway is still ending');
          await callAws('ec2:ReleaseAddress', () => ec2.send(new ReleaseAddressCommand({ AllocationId: id })));
        },
      }));
    });
    return { ...ended, waiting };
  });
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

/** @param kind is named when what exists of it can't be listed */
async function endAll(
  kind: string,
  list: () => Promise<{ what: string; end: () => Promise<unknown> }[]>,
): Promise<Ended> {
  const ended: Ended = { deleted: [], left: [] };
  try {
    for (const { what, end } of await list()) {
      try {
        await end();
        ended.deleted.push(what);
      } catch (error) {
        if (!/NotFound/.test(awsErrorName(error))) ended.left.push({ what, why: (error as Error).message });
      }
    }
  } catch (error) {
    ended.left.push({ what: kind, why: (error as Error).message });
  }
  return ended;
}

/** An ARN in the account and region of the lake, taken from the ARN of the alerts. */
function arnOf({ alerts }: LakeEnvironment, service: string, resource: string): string {
  const [, partition = 'aws', , region = '', account = ''] = alerts.split(':');
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}
