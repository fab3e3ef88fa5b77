import { Fault } from '../../errors.ts';
import type { Check } from '../preflight/checks.ts';
import type { Needs } from '../preflight/needs.ts';
import type { SearchAccess } from '../steps/search-administrator.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { deleteSecret, readSecret, writeSecret } from '../services/secrets-manager.ts';
import { chooseCloudRegion } from './cloud-region.ts';
import { chooseCloudVersion } from './cloud-version.ts';
import { listStackVersions, requireKnownKey } from './elastic-cloud.ts';
import type { AwsLake } from '../lake.ts';

/** How the command line signs in to the search cluster: user and keys are in secrets of the lake. */
export function searchAccess(lake: AwsLake): SearchAccess {
  const { names, connection, tags } = lake;
  const name = names.secret('elasticsearch');
  return {
    endpoint: lake.elasticCloud,
    apiKey: () => readCloudKey(lake),
    readUser: async () => {
      const secret = await readSecret(connection, name);
      const { username, password } = secret ?? {};
      return username === undefined || password === undefined ? undefined : { username, password };
    },
    writeUser: async ({ username, password }) => writeSecret(connection, name, { username, password }, tags),
    removeUser: async () => deleteSecret(connection, name),
  };
}

/** Environment of Terraform’s provider for Elastic Cloud; empty for an existing cluster. */
export async function cloudKey(lake: AwsLake, deployment: Deployment): Promise<Record<string, string>> {
  return deployment.search.kind === 'cloud' ? { EC_API_KEY: await readCloudKey(lake) } : {};
}

/**
 * Checks, before anything is made, that there is a user for the jobs, or a key for making a deployment.
 * @throws Fault of kind `settings` when no user of an existing cluster is stored, or no API key that Elastic Cloud accepts
 */
export async function requireSearchAccess(lake: AwsLake, signal: AbortSignal): Promise<void> {
  const { url } = lake.settings.elastic;
  if (url === undefined) {
    await requireKnownKey({ endpoint: lake.elasticCloud, apiKey: await readCloudKey(lake) }, signal);
    return;
  }
  if ((await searchAccess(lake).readUser()) !== undefined) return;
  throw new Fault('settings', `there is no secret with a user of the cluster at ${url}`, {
    where: lake.names.secret('elasticsearch'),
    next: 'Run "cryptodm secrets set elasticsearch" with a user who may write the index crypto_quote.',
  });
}

/**
 * Region and version of the deployment in Elastic Cloud; undefined where another cluster is used.
 * @param last the last deployment that was applied, when its part in Elastic Cloud may stand
 * @throws Fault of kind `settings` for a region or a version that can't be
 */
export async function chooseCloud(
  lake: AwsLake,
  last: Deployment | undefined,
  signal: AbortSignal,
): Promise<{ region: string; version: string } | undefined> {
  const { url, cloud } = lake.settings.elastic;
  if (url !== undefined) return undefined;
  const standing = last?.search.kind === 'cloud' ? last.search : undefined;
  const region = chooseCloudRegion(lake.connection.region, { given: cloud.region, standing: standing?.region });
  if (
    standing !== undefined &&
    cloud.version.split('.').every((part, at) => standing.version.split('.')[at] === part)
  ) {
    return { region, version: standing.version };
  }
  const access = { endpoint: lake.elasticCloud, apiKey: await readCloudKey(lake) };
  const offered = await listStackVersions(access, region, signal);
  if (offered === undefined) {
    throw new Fault('settings', `Elastic Cloud has no region "${region}"`, {
      where: 'elastic.cloud.region',
      next: 'Set "elastic.cloud.region" in cryptodm.yaml to one that it has, such as "us-east-1" or "aws-eu-central-1".',
    });
  }
  return { region, version: chooseCloudVersion(cloud.version, { offered, standing: standing?.version }) };
}

/** Asks whether a deployment that is made has a version that is still offered: one that has ended keeps the version that it had. */
export function checkCloudVersion(lake: AwsLake, needed: Needs['search'], signal: AbortSignal): Check[] {
  if (needed === undefined) return [];
  const { region, version } = needed;
  return [
    {
      what: `version ${version} of Elasticsearch`,
      ask: async () => {
        const access = { endpoint: lake.elasticCloud, apiKey: await readCloudKey(lake) };
        const offered = (await listStackVersions(access, region, signal)) ?? [];
        if (offered.includes(version)) return [];
        const { version: wanted } = lake.settings.elastic.cloud;
        const newest = chooseCloudVersion(wanted === version ? minorOf(version) : wanted, {
          offered,
          standing: undefined,
        });
        return [
          new Fault('settings', `Elastic Cloud makes no more deployments of Elasticsearch ${version}`, {
            where: 'elastic.cloud.version',
            next: `Set "elastic.cloud.version" in cryptodm.yaml to "${newest}".`,
          }),
        ];
      },
    },
  ];
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

async function readCloudKey(lake: AwsLake): Promise<string> {
  const secret = await readSecret(lake.connection, lake.names.secret('elastic-cloud'));
  if (secret?.['apiKey'] !== undefined) return secret['apiKey'];
  throw new Fault('settings', 'there is no secret with an API key of Elastic Cloud', {
    where: lake.names.secret('elastic-cloud'),
    next: 'Run "cryptodm secrets set elastic-cloud", or set "elastic.url" to an existing cluster.',
  });
}
