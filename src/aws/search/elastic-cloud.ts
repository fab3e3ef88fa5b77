import * as z from 'zod';
import { Fault } from '../../errors.ts';

/** Address of the API; the variable is that of Terraform's provider elastic/ec. */
export function cloudEndpoint(env: Readonly<Record<string, string | undefined>>): string {
  return env['EC_ENDPOINT'] ?? 'https://api.elastic-cloud.com';
}

/** The API (https://www.elastic.co/docs/api/doc/cloud) and the key for it. */
export interface ElasticCloud {
  endpoint: string;
  apiKey: string;
}

const answer = z.object({ username: z.string(), password: z.string() });

const list = z.object({ deployments: z.array(z.object({ id: z.string(), name: z.string() })) });

const described = z.object({
  metadata: z.object({ tags: z.array(z.object({ key: z.string(), value: z.string() })).optional() }).optional(),
  resources: z.object({ elasticsearch: z.array(z.object({ info: z.object({ status: z.string() }) })) }),
});

/** @throws Fault of kind `settings` when Elastic Cloud does not know the API key */
export async function requireKnownKey(cloud: ElasticCloud, signal: AbortSignal): Promise<void> {
  await listDeployments(cloud, signal);
}

/** Id of a running deployment with this name and these tags; undefined when there is none. */
export async function findRunningDeployment(
  cloud: ElasticCloud,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await lookAt(cloud, wanted, signal);
  return found.find(({ states }) => states.some((state) => state !== 'stopped' && state !== 'stopping'))?.id;
}

/** Whether a deployment with this name and these tags is on its way to its end: for Terraform's provider it exists until then. */
export async function isDeploymentStopping(cloud: ElasticCloud, wanted: Wanted, signal: AbortSignal): Promise<boolean> {
  const found = await lookAt(cloud, wanted, signal);
  return found.some(({ states }) => states.includes('stopping'));
}

/** Name and tags of a deployment. */
interface Wanted {
  name: string;
  tags: Record<string, string>;
}

async function lookAt(
  cloud: ElasticCloud,
  { name, tags }: Wanted,
  signal: AbortSignal,
): Promise<{ id: string; states: string[] }[]> {
  const looked: { id: string; states: string[] }[] = [];
  for (const found of await listDeployments(cloud, signal)) {
    if (found.name !== name) continue;
    const path = `/deployments/${found.id}`;
    const { metadata, resources } = described.parse(
      await call(cloud, { method: 'GET', path, what: 'a look at a deployment', signal }),
    );
    const carried = Object.fromEntries((metadata?.tags ?? []).map(({ key, value }) => [key, value]));
    const ours = Object.entries(tags).every(([key, value]) => carried[key] === value);
    if (ours) looked.push({ id: found.id, states: resources.elasticsearch.map(({ info }) => info.status) });
  }
  return looked;
}

/**
 * Ends a deployment with everything in it; it stops some seconds later. `POST /api/v1/deployments/{id}/_shutdown`
 * (https://www.elastic.co/docs/api/doc/cloud/operation/operation-shutdown-deployment).
 */
export async function shutDownDeployment(cloud: ElasticCloud, id: string, signal: AbortSignal): Promise<void> {
  await call(cloud, { method: 'POST', path: `/deployments/${id}/_shutdown`, what: 'the end of a deployment', signal });
}

const versions = z.object({
  stacks: z.array(z.object({ version: z.string(), deleted: z.boolean().optional() })),
});

/**
 * Versions of Elasticsearch with which a new deployment can be made in a region of Elastic Cloud; undefined where there is no such region.
 * `GET /api/v1/regions/{region}/stack/versions` (https://www.elastic.co/docs/api/doc/cloud/operation/operation-get-version-stacks)
 */
export async function listStackVersions(
  cloud: ElasticCloud,
  region: string,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const path = `/regions/${region}/stack/versions?show_deleted=false&show_unusable=false`;
  const listed = await call(cloud, {
    ...{ method: 'GET', path, what: 'the question for versions of Elasticsearch', signal },
    mayLack: true,
  });
  if (listed === undefined) return undefined;
  return versions.parse(listed).stacks.flatMap(({ version, deleted }) => (deleted === true ? [] : version));
}

async function listDeployments(cloud: ElasticCloud, signal: AbortSignal) {
  const listed = await call(cloud, {
    method: 'GET',
    path: '/deployments',
    what: 'the question for deployments',
    signal,
  });
  return list.parse(listed).deployments;
}

/**
 * Gives the `elastic` user of a deployment a new password, which the cluster knows some seconds later; the old one is invalid then.
 * `POST /api/v1/deployments/{id}/elasticsearch/{ref}/_reset-password` of the Elastic Cloud API
 * (https://www.elastic.co/docs/api/doc/cloud/operation/operation-reset-elasticsearch-user-password).
 */
export async function resetElasticPassword(
  cloud: ElasticCloud,
  deploymentId: string,
  signal: AbortSignal,
): Promise<{ username: string; password: string }> {
  const path = `/deployments/${deploymentId}/elasticsearch/main-elasticsearch/_reset-password`;
  return answer.parse(await call(cloud, { method: 'POST', path, what: 'a new password for the deployment', signal }));
}

async function call(
  { endpoint, apiKey }: ElasticCloud,
  given: { method: string; path: string; what: string; signal: AbortSignal; mayLack?: boolean },
): Promise<unknown> {
  const { method, path, what, signal, mayLack = false } = given;
  const url = `${endpoint}/api/v1${path}`;
  let response: Response;
  try {
    response = await fetch(url, { method, headers: { authorization: `ApiKey ${apiKey}` }, signal });
  } catch (error) {
    throw new Fault('outside', `Elastic Cloud can’t be reached: ${(error as Error).message}`, {
      where: endpoint,
      next: 'Check the network, then run the same command: it goes on where it stopped.',
      cause: error,
    });
  }
  if (response.ok) return response.json();
  if (mayLack && response.status === 404) return undefined;
  if (response.status === 401) {
    throw new Fault('settings', 'Elastic Cloud does not accept the API key', {
      where: endpoint,
      next: 'Run "cryptodm secrets set elastic-cloud" with one that is valid, then run the same command.',
    });
  }
  throw new Fault('outside', `Elastic Cloud answers ${String(response.status)} to ${what}`, {
    where: url,
    next: 'Check the rights of the API key ("cryptodm secrets set elastic-cloud" stores another one), then run the same command.',
  });
}
