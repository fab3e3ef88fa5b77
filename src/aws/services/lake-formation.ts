import { GetDataLakeSettingsCommand, LakeFormationClient, type DataLakeSettings } from '@aws-sdk/client-lakeformation';
import { callAws, clientConfig, type AwsConnection } from './connection.ts';

/** The account's settings of Lake Formation in the region. */
export async function readLakeFormation(connection: AwsConnection): Promise<DataLakeSettings> {
  const client = new LakeFormationClient(clientConfig(connection));
  try {
    const { DataLakeSettings: settings } = await callAws('lakeformation:GetDataLakeSettings', () =>
      client.send(new GetDataLakeSettingsCommand({})),
    );
    return settings ?? {};
  } finally {
    client.destroy();
  }
}
