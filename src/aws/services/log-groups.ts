import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';
import { awsErrorName, callAws, clientConfig, type AwsConnection } from './connection.ts';

/** Names of the log groups that start with a prefix. */
export async function listLogGroups(connection: AwsConnection, prefix: string): Promise<string[]> {
  const client = new CloudWatchLogsClient(clientConfig(connection));
  try {
    return await callAws('logs:DescribeLogGroups', async () => {
      const names: string[] = [];
      for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, { logGroupNamePrefix: prefix })) {
        names.push(...logGroups.map(({ logGroupName = '' }) => logGroupName));
      }
      return names;
    });
  } finally {
    client.destroy();
  }
}

export async function deleteLogGroup(connection: AwsConnection, name: string): Promise<void> {
  const client = new CloudWatchLogsClient(clientConfig(connection));
  try {
    await callAws('logs:DeleteLogGroup', () => client.send(new DeleteLogGroupCommand({ logGroupName: name })));
  } catch (error) {
    if (awsErrorName(error) !== 'ResourceNotFoundException') throw error;
  } finally {
    client.destroy();
  }
}
