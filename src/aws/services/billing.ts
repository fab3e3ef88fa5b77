import { CostExplorerClient, ListCostAllocationTagsCommand } from '@aws-sdk/client-cost-explorer';
import { callAws, clientConfig, type AwsConnection } from './connection.ts';

/**
 * Whether the bills of the account can be divided by a tag: a budget with a filter by it sees nothing before. Each question costs 0.01 dollars.
 * @throws Fault of kind `outside` where only the payer of an organisation may ask
 */
export async function isCostTagActive(connection: AwsConnection, key: string): Promise<boolean> {
  const client = new CostExplorerClient(clientConfig(connection));
  try {
    const { CostAllocationTags = [] } = await callAws('ce:ListCostAllocationTags', () =>
      client.send(new ListCostAllocationTagsCommand({ Status: 'Active', TagKeys: [key] })),
    );
    return CostAllocationTags.some(({ TagKey }) => TagKey === key);
  } finally {
    client.destroy();
  }
}
