import { Fault } from '../../errors.ts';
import type { AwsLake } from '../lake.ts';
import { rights } from '../rights.ts';
import { describeOwner } from '../services/buckets.ts';
import { deniedActions, principalArn } from '../services/caller-rights.ts';
import type { AwsConnection, Caller } from '../services/connection.ts';
import { countTaskVcpus } from '../services/container-services.ts';
import { readLakeFormation } from '../services/lake-formation.ts';
import { unreservedExecutions } from '../services/lambda.ts';
import { listKafkaVersions, listReleases, zonesWith } from '../services/offers.ts';
import {
  countAddresses,
  countNetworks,
  countStandardInstances,
  countVcpus,
  readQuota,
  type QuotaName,
} from '../services/quotas.ts';
import { notKnown, type Check } from './checks.ts';
import type { Needs } from './needs.ts';

/** What the account is asked before a plan is applied; nothing about what exists. */
export function accountChecks(lake: AwsLake, caller: Caller, needs: Needs): Check[] {
  const { connection, tags } = lake;
  const checks: (Check | undefined)[] = [
    checkVcpus(connection, needs),
    needs.taskVcpus > 0
      ? {
          what: 'quota of vCPUs of Fargate',
          ask: () => checkCount(connection, taskVcpus, needs.taskVcpus, countTaskVcpus),
        }
      : undefined,
    needs.addresses > 0
      ? {
          what: 'quota of elastic addresses',
          ask: () => checkCount(connection, addresses, needs.addresses, countAddresses),
        }
      : undefined,
    needs.networks > 0
      ? { what: 'quota of networks (VPC)', ask: () => checkCount(connection, networks, needs.networks, countNetworks) }
      : undefined,
    needs.executions > 0
      ? { what: 'concurrent executions of functions', ask: () => checkExecutions(connection, needs.executions) }
      : undefined,
    checkRelease(connection, needs.release),
    checkKafka(connection, needs.kafka),
    ...needs.types.map((type) => checkOffering(connection, type)),
    ...needs.buckets.map((bucket): Check => ({
      what: `name of the bucket ${bucket}`,
      ask: () => checkBucket(connection, bucket, tags),
    })),
    needs.databases.length > 0
      ? { what: 'defaults of Lake Formation', ask: () => checkLakeFormation(connection) }
      : undefined,
    hasNeeds(needs) ? { what: 'rights of this user', ask: () => checkRights(lake, caller) } : undefined,
  ];
  return checks.filter((check) => check !== undefined);
}

interface Quota extends QuotaName {
  /** what is counted, in the plural */
  counts: string;
}

const vcpus: Quota = {
  service: 'ec2',
  code: 'L-1216C47A',
  counts: 'vCPUs of running on-demand standard instances',
};
const taskVcpus: Quota = { service: 'fargate', code: 'L-3032A538', counts: 'vCPUs of on-demand tasks of Fargate' };
const addresses: Quota = { service: 'ec2', code: 'L-0263D0A3', counts: 'elastic addresses' };
const networks: Quota = { service: 'vpc', code: 'L-F678F1CE', counts: 'networks (VPC)' };
const executions: Quota = { service: 'lambda', code: 'L-B99A9384', counts: 'concurrent executions' };

/** The command that asks AWS for a higher quota. */
function request(connection: AwsConnection, { service, code }: QuotaName, value: number): string {
  const profile = connection.profile === undefined ? '' : ` --profile ${connection.profile}`;
  const quota = `--service-code ${service} --quota-code ${code} --desired-value ${String(value)}`;
  return `aws service-quotas request-service-quota-increase ${quota} --region ${connection.region}${profile}`;
}

function beyond(
  connection: AwsConnection,
  quota: Quota,
  given: { needed: number; used: number; limit: number },
): Fault {
  const { needed, used, limit } = given;
  return new Fault(
    'outside',
    `the lake needs ${String(needed)} more ${quota.counts}; ${String(used)} of ${String(limit)} are in use in ${connection.region}`,
    {
      where: `quota ${quota.code}`,
      next: `Run "${request(connection, quota, Math.ceil(used + needed))}" and wait for AWS to grant it.`,
      facts: { quota: quota.code, ...given },
    },
  );
}

function checkVcpus(connection: AwsConnection, { instances }: Needs): Check | undefined {
  if (![...instances.values()].some((count) => count > 0)) return undefined;
  return {
    what: 'quota of vCPUs',
    ask: async () => {
      const needed = await countVcpus(connection, instances);
      if (needed <= 0) return [];
      const limit = await readQuota(connection, vcpus);
      const used = await countVcpus(connection, await countStandardInstances(connection));
      return used + needed <= limit ? [] : [beyond(connection, vcpus, { needed, used, limit })];
    },
  };
}

async function checkCount(
  connection: AwsConnection,
  quota: Quota,
  needed: number,
  count: (connection: AwsConnection) => Promise<number>,
): Promise<Fault[]> {
  const [limit, used] = await Promise.all([readQuota(connection, quota), count(connection)]);
  return used + needed <= limit ? [] : [beyond(connection, quota, { needed, used, limit })];
}

/** The last 100 can't be reserved: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const unreservable = 100;

async function checkExecutions(connection: AwsConnection, reserved: number): Promise<Fault[]> {
  const free = await unreservedExecutions(connection);
  const needed = unreservable + reserved;
  if (free >= needed) return [];
  return [
    new Fault(
      'outside',
      `${String(free)} concurrent executions of functions are free in ${connection.region}, the lake needs ${String(needed)}`,
      {
        where: `quota ${executions.code}`,
        // AWS grants no value between 10 and 1000 by itself.
        next: `Run "${request(connection, executions, 1000)}" and wait for AWS to grant it.`,
        facts: { quota: executions.code, needed, free },
      },
    ),
  ];
}

function checkRelease(connection: AwsConnection, release: string | undefined): Check | undefined {
  if (release === undefined) return undefined;
  return {
    what: `release ${release} of EMR`,
    ask: async () => {
      const [major] = release.split('.');
      const offered = await listReleases(connection, `${major ?? 'emr-7'}.`);
      if (offered.includes(release)) return [];
      const others = offered.length === 0 ? 'another region ("aws.region")' : offered.slice(0, 4).join(', ');
      return [
        new Fault('settings', `EMR has no release ${release} in ${connection.region}`, {
          where: 'aws.emr.release',
          next: `Set "aws.emr.release" in cryptodm.yaml to one that it has: ${others}.`,
        }),
      ];
    },
  };
}

function checkKafka(connection: AwsConnection, kafka: Needs['kafka']): Check | undefined {
  if (kafka === undefined) return undefined;
  const { version, standing } = kafka;
  const where = 'aws.brokers.version';
  return {
    what: `version ${version} of Kafka`,
    ask: async () => {
      if (standing !== undefined && standing.endsWith('.kraft') !== version.endsWith('.kraft')) {
        return [
          new Fault(
            'settings',
            `brokers of Kafka ${standing} can’t become ${version}: one needs ZooKeeper, the other does not`,
            {
              where,
              next: `Set "aws.brokers.version" in cryptodm.yaml to "${standing}", or run "cryptodm down" first.`,
            },
          ),
        ];
      }
      const offered = await listKafkaVersions(connection);
      if (offered.includes(version)) return [];
      return [
        new Fault('settings', `MSK makes no brokers of Kafka ${version} in ${connection.region}`, {
          where,
          next: `Set "aws.brokers.version" in cryptodm.yaml to one of ${offered.join(', ')}.`,
        }),
      ];
    },
  };
}

function checkOffering(connection: AwsConnection, { type, zone, setting }: Needs['types'][number]): Check {
  return {
    what: `instances of type ${type}`,
    ask: async () => {
      const zones = await zonesWith(connection, type);
      if (zone === undefined ? zones.length > 0 : zones.includes(zone)) return [];
      const filter = zone === undefined ? '' : ` --filters Name=location,Values=${zone}`;
      return [
        new Fault('settings', `EC2 does not offer ${type} in ${zone ?? connection.region}`, {
          where: setting,
          next: `Set "${setting}" in cryptodm.yaml to a type that "aws ec2 describe-instance-type-offerings --location-type availability-zone${filter} --region ${connection.region}" lists.`,
          facts: { zones },
        }),
      ];
    },
  };
}

async function checkBucket(connection: AwsConnection, bucket: string, tags: Record<string, string>): Promise<Fault[]> {
  const owner = await describeOwner(connection, bucket, tags);
  if (owner === 'nobody' || owner === 'lake') return [];
  const whose = owner === 'account' ? 'exists in this account and is not of this lake' : 'belongs to somebody else';
  return [
    new Fault('outside', `the bucket ${bucket} ${whose}: bucket names are unique across all accounts`, {
      where: bucket,
      next: 'Choose another prefix: "aws.prefix" in cryptodm.yaml or --prefix.',
    }),
  ];
}

/** With these defaults whatever IAM allows is allowed in new databases and tables. */
const openToIam = {
  Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' },
  Permissions: ['ALL' as const],
};

async function checkLakeFormation(connection: AwsConnection): Promise<Fault[]> {
  const settings = await readLakeFormation(connection);
  const both = [settings.CreateDatabaseDefaultPermissions, settings.CreateTableDefaultPermissions];
  const open = both.every((given) =>
    (given ?? []).some(
      ({ Principal, Permissions = [] }) =>
        Principal?.DataLakePrincipalIdentifier === openToIam.Principal.DataLakePrincipalIdentifier &&
        Permissions.includes('ALL'),
    ),
  );
  if (open) return [];
  const wanted = {
    ...settings,
    CreateDatabaseDefaultPermissions: [openToIam],
    CreateTableDefaultPermissions: [openToIam],
  };
  return [
    new Fault('outside', `Lake Formation closes new databases and tables to what IAM allows in ${connection.region}`, {
      where: 'lakeformation:GetDataLakeSettings',
      next: `Let an administrator of the data lake run: aws lakeformation put-data-lake-settings --region ${connection.region} --data-lake-settings '${JSON.stringify(wanted)}'`,
    }),
  ];
}

async function checkRights(lake: AwsLake, caller: Caller): Promise<Fault[]> {
  const { connection, prefix } = lake;
  const principal = await principalArn(connection, caller.arn);
  if (principal === undefined) return [];
  if (!/:iam::\d+:(user|role)\//.test(principal)) throw notKnown(`IAM knows no policies of ${principal}`);
  const place = { prefix, region: connection.region, accountId: caller.accountId };
  const denied = await Promise.all(
    rights.flatMap(({ asked, askedOn, producers }) =>
      asked === undefined || (producers ?? lake.settings.aws.producers) !== lake.settings.aws.producers
        ? []
        : [deniedActions(connection, principal, { actions: asked, resources: askedOn?.(place) ?? ['*'] })],
    ),
  );
  const all = denied.flat();
  if (all.length === 0) return [];
  return [
    new Fault('outside', `${principal} may not: ${all.join(', ')}`, {
      where: 'iam:SimulatePrincipalPolicy',
      next: 'Let an administrator give this user these rights; docs/aws.md lists all that are needed.',
      facts: { rights: all },
    }),
  ];
}

function hasNeeds({ instances, buckets, networks: network, databases, release, kafka }: Needs): boolean {
  const sizes = [...instances.values()].filter((count) => count > 0).length + buckets.length + databases.length;
  return sizes + Math.max(0, network) > 0 || release !== undefined || kafka !== undefined;
}
