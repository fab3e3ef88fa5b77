import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  paginateListSecrets,
} from '@aws-sdk/client-secrets-manager';
import { Fault } from '../../errors.ts';
import { awsErrorName, callAws, clientConfig, type AwsConnection, useClient } from './connection.ts';

/** Fields of a secret; stored as one JSON object. */
export type SecretFields = Record<string, string>;

export interface ListedSecret {
  name: string;
  /** when it was last written */
  changed: Date | undefined;
}

/** @returns undefined when there is none, or when it is scheduled for deletion */
export async function readSecret(connection: AwsConnection, name: string): Promise<SecretFields | undefined> {
  return useSecrets(connection, async (client) => {
    let text: string | undefined;
    try {
      const read = await callAws('secretsmanager:GetSecretValue', () =>
        client.send(new GetSecretValueCommand({ SecretId: name })),
      );
      text = read.SecretString;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
    try {
      return JSON.parse(text ?? '') as SecretFields;
    } catch (error) {
      throw new Fault('settings', `the secret ${name} does not hold a JSON object`, {
        where: name,
        next: `Write it again with "cryptodm secrets set ${name.split('/').at(-1) ?? ''}".`,
        cause: error,
      });
    }
  });
}

/** Creates or overwrites a secret; one that was scheduled for deletion is restored first. */
export async function writeSecret(
  connection: AwsConnection,
  name: string,
  fields: SecretFields,
  tags: Record<string, string>,
): Promise<void> {
  const SecretString = JSON.stringify(fields);
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await useSecrets(connection, async (client) => {
    try {
      await callAws('secretsmanager:CreateSecret', () =>
        client.send(new CreateSecretCommand({ Name: name, SecretString, Tags })),
      );
      return;
    } catch (error) {
      if (!isAbsent(error) && awsErrorName(error) !== 'ResourceExistsException') throw error;
    }
    const { DeletedDate } = await callAws('secretsmanager:DescribeSecret', () =>
      client.send(new DescribeSecretCommand({ SecretId: name })),
    );
    if (DeletedDate !== undefined) {
      await callAws('secretsmanager:RestoreSecret', () => client.send(new RestoreSecretCommand({ SecretId: name })));
    }
    await callAws('secretsmanager:PutSecretValue', () =>
      client.send(new PutSecretValueCommand({ SecretId: name, SecretString })),
    );
    await callAws('secretsmanager:TagResource', () => client.send(new TagResourceCommand({ SecretId: name, Tags })));
  });
}

/** Deletes a secret without the usual waiting time, so that its name is free at once. Does nothing when there is none. */
export async function deleteSecret(connection: AwsConnection, name: string): Promise<void> {
  await useSecrets(connection, async (client) => {
    try {
      await callAws('secretsmanager:DeleteSecret', () =>
        client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true })),
      );
    } catch (error) {
      if (awsErrorName(error) !== 'ResourceNotFoundException') throw error;
    }
  });
}

/** The secrets of a lake: their names start with its prefix and a slash. */
export async function listSecrets(connection: AwsConnection, prefix: string): Promise<ListedSecret[]> {
  return useSecrets(connection, (client) =>
    callAws('secretsmanager:ListSecrets', async () => {
      const found: ListedSecret[] = [];
      const filter = { Filters: [{ Key: 'name' as const, Values: [`${prefix}/`] }] };
      for await (const { SecretList = [] } of paginateListSecrets({ client }, filter)) {
        for (const { Name = '', LastChangedDate } of SecretList) {
          if (Name.startsWith(`${prefix}/`)) found.push({ name: Name, changed: LastChangedDate });
        }
      }
      return found;
    }),
  );
}

/** For a secret that is scheduled for deletion, AWS answers that the request is invalid. */
function isAbsent(error: unknown): boolean {
  const name = awsErrorName(error);
  return (
    name === 'ResourceNotFoundException' ||
    (name === 'InvalidRequestException' && /delet/i.test((error as Error).message))
  );
}

async function useSecrets<T>(connection: AwsConnection, act: (client: SecretsManagerClient) => Promise<T>): Promise<T> {
  return useClient(new SecretsManagerClient(clientConfig(connection)), act);
}
