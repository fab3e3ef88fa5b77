import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { readObject } from '../services/objects.ts';
import { awsErrorName, callAws, clientConfig, type AwsConnection } from '../services/connection.ts';
import { splitUri } from './environment.ts';

/** The part of a table's metadata that says when rows were written. Source: "Table Metadata Fields" of https://iceberg.apache.org/spec/ */
interface TableHistory {
  'snapshot-log'?: { 'timestamp-ms': number }[];
}

/**
 * When rows of a table were written last, in ms since 1970; undefined before the first time, and for what is no Iceberg table.
 * @param name with its database, such as `crypto_db.crypto_quote`
 */
export async function readLastWritten(connection: AwsConnection, name: string): Promise<number | undefined> {
  const location = await readMetadataLocation(connection, name);
  if (location === undefined) return undefined;
  const { bucket, key } = splitUri(location);
  const object = await readObject(connection, bucket, key);
  return object === undefined ? undefined : lastWritten(JSON.parse(object.text) as TableHistory);
}

/** The newest entry of the log is the current snapshot. */
export function lastWritten({ 'snapshot-log': log = [] }: TableHistory): number | undefined {
  return log.at(-1)?.['timestamp-ms'];
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
