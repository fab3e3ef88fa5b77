import {
  CreateTableCommand,
  GetDatabaseCommand,
  GetTableCommand,
  GlueClient,
  UpdateTableCommand,
  type TableInput,
} from '@aws-sdk/client-glue';
import { Fault } from '../../errors.ts';
import { awsErrorName, callAws, clientConfig, type AwsSession } from '../services/session.ts';
import { currentSchema, type TableMetadata } from './table-metadata.ts';

// What makes an entry of the catalog an Iceberg table is the convention of Iceberg's own Glue catalog: the parameters `table_type` and
// `metadata_location`; a commit moves the latter from the version of the entry that it has read.
// Source: "Glue Catalog" and "Optimistic Locking" in Iceberg's page on AWS, https://iceberg.apache.org/docs/latest/aws/

/** An entry of the catalog. */
export interface CatalogEntry {
  /** `s3://` URI of the metadata; undefined for what is no Iceberg table */
  metadataLocation: string | undefined;
  version: string | undefined;
  input: TableInput;
}

/** Lends a client of Glue. */
export async function useGlue<T>(session: AwsSession, act: (glue: GlueClient) => Promise<T>): Promise<T> {
  const glue = new GlueClient(clientConfig(session));
  try {
    return await act(glue);
  } finally {
    glue.destroy();
  }
}

/** Where the tables of a database belong, without a slash at its end. @throws Fault of kind `part` without the database */
export async function readDatabaseLocation(glue: GlueClient, database: string): Promise<string> {
  const next = 'Run "cryptodm up".';
  try {
    const { Database } = await callAws('glue:GetDatabase', () => glue.send(new GetDatabaseCommand({ Name: database })));
    if (Database?.LocationUri) return Database.LocationUri.replace(/\/+$/, '');
  } catch (error) {
    if (awsErrorName(error) !== 'EntityNotFoundException') throw error;
    throw new Fault('part', `there is no database ${database} in the catalog`, { where: database, next, cause: error });
  }
  throw new Fault('part', `the database ${database} has no location`, { where: database, next });
}

/** @param name with its database, such as `crypto_db.crypto_quote` */
export async function readEntry(glue: GlueClient, name: string): Promise<CatalogEntry | undefined> {
  const [database, table] = splitName(name);
  try {
    const { Table } = await callAws('glue:GetTable', () =>
      glue.send(new GetTableCommand({ DatabaseName: database, Name: table })),
    );
    const { Name, Description, Owner, Parameters, TableType, StorageDescriptor, VersionId } = Table ?? {};
    const isIceberg = Parameters?.['table_type']?.toUpperCase() === 'ICEBERG';
    return {
      metadataLocation: isIceberg ? Parameters?.['metadata_location'] : undefined,
      version: VersionId,
      input: { Name, Description, Owner, Parameters, TableType, StorageDescriptor },
    };
  } catch (error) {
    if (awsErrorName(error) === 'EntityNotFoundException') return undefined;
    throw error;
  }
}

/** @returns false when there is an entry of this name by now */
export async function createEntry(
  glue: GlueClient,
  name: string,
  metadata: TableMetadata,
  metadataLocation: string,
): Promise<boolean> {
  const [database, table] = splitName(name);
  const input: TableInput = {
    Name: table,
    TableType: 'EXTERNAL_TABLE',
    Parameters: { table_type: 'ICEBERG', metadata_location: metadataLocation },
    StorageDescriptor: { Columns: columns(metadata), Location: metadata.location },
  };
  try {
    await callAws('glue:CreateTable', () =>
      glue.send(new CreateTableCommand({ DatabaseName: database, TableInput: input })),
    );
    return true;
  } catch (error) {
    if (awsErrorName(error) === 'AlreadyExistsException') return false;
    throw error;
  }
}

/** Points an entry to new metadata. @returns false when somebody else has changed it since it was read */
export async function replaceMetadata(
  glue: GlueClient,
  name: string,
  entry: CatalogEntry,
  metadata: TableMetadata,
  metadataLocation: string,
): Promise<boolean> {
  const [database] = splitName(name);
  const input: TableInput = {
    ...entry.input,
    Parameters: {
      ...entry.input.Parameters,
      metadata_location: metadataLocation,
      previous_metadata_location: entry.metadataLocation ?? '',
    },
    StorageDescriptor: { ...entry.input.StorageDescriptor, Columns: columns(metadata) },
  };
  try {
    await callAws('glue:UpdateTable', () =>
      glue.send(
        new UpdateTableCommand({
          DatabaseName: database,
          TableInput: input,
          VersionId: entry.version,
          // Each commit of the stream is a version, too: Glue allows 100,000 of a table.
          SkipArchive: true,
        }),
      ),
    );
    return true;
  } catch (error) {
    if (awsErrorName(error) === 'ConcurrentModificationException') return false;
    throw error;
  }
}

/** For display: whoever reads the table reads its metadata. */
function columns(metadata: TableMetadata): NonNullable<TableInput['StorageDescriptor']>['Columns'] {
  return currentSchema(metadata).fields.map(({ id, name, type, doc, required }) => ({
    Name: name,
    Type: hiveType(String(type)),
    Comment: doc?.slice(0, 255),
    Parameters: {
      'iceberg.field.id': String(id),
      'iceberg.field.optional': String(!required),
      'iceberg.field.current': 'true',
    },
  }));
}

function hiveType(type: string): string {
  if (type === 'long') return 'bigint';
  if (type === 'timestamptz') return 'timestamp';
  return type.replaceAll(' ', '');
}

function splitName(name: string): [database: string, table: string] {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}
