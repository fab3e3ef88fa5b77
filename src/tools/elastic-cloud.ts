import * as z from 'zod';
import { Fault } from '../errors.ts';

const answer = z.object({ username: z.string(), password: z.string() });

/**
 * Gives the `elastic` user of a deployment a new password; the one before is dead at once.
 * `POST /api/v1/deployments/{id}/elasticsearch/{ref}/_reset-password` of the Elastic Cloud API
 * (https://www.elastic.co/docs/api/doc/cloud/operation/operation-reset-elasticsearch-user-password).
 */
export async function resetElasticPassword(
  cloud: { endpoint: string; apiKey: string },
  deploymentId: string,
  signal: AbortSignal,
): Promise<{ username: string; password: string }> {
  const url = `${cloud.endpoint}/api/v1/deployments/${deploymentId}/elasticsearch/main-elasticsearch/_reset-password`;
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', headers: { authorization: `ApiKey ${cloud.apiKey}` }, signal });
  } catch (error) {
    throw new Fault('outside', `Elastic Cloud can’t be reached: ${(error as Error).message}`, {
      where: cloud.endpoint,
      next: 'Look at the network, then run the same command: it goes on where it stopped.',
      cause: error,
    });
  }
  if (response.ok) return answer.parse(await response.json());
  throw new Fault('outside', `Elastic Cloud answers ${String(response.status)} to a new password for the deployment`, {
    where: url,
    next: 'Look at the API key ("cryptodm secrets set elastic-cloud") and its rights, then run the same command.',
  });
}
