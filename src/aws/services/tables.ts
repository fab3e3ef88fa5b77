import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { awsErrorName, callAws, clientConfig, type AwsConnection } from './connection.ts';
import { readObject, splitUri } from './objects.ts';

/**
 * The text of a table's metadata JSON; undefined before its first commit, and for what is no Iceberg table.
 * @param name with its database, such as `crypto_db.crypto_quote`
 */
export async function readMetadataText(connection: AwsConnection, name: string): Promise<string | undefined> {
  const location = await readMetadataLocation(connection, name);
  if (location === undefined) return undefined;
  const { bucket, key } = splitUri(location);
  return (await readObject(connection, bucket, key))?.text;
}

async function readMetadataLocation(connection: AwsConnection, name: string): Promise<string | undefined> {
  const dot = name.indexOf('.');
  const glue = new GlueClient(clientConfig(connection));
  try {
    const { Table } = await callAws('glue:GetTable', () =>
      glue.send(new GetTableCommand({ DatabaseName: name.slice(0, dot), Name: name.slice(dot + 1) })),
    );
    return Table?.Parameters?.['metadata_location'];
  } catch (error) {
    if (awsErrorName(error) === 'EntityNotFoundException') return undefined;
    throw error;
  } finally {
    glue.destroy();
  }
}
