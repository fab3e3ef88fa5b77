import { KafkaClient, paginateListConfigurations } from '@aws-sdk/client-kafka';
import { callAws, clientConfig, type AwsConnection } from './connection.ts';

/** ARN of the MSK configuration of this name, undefined when there is none. */
export async function findConfiguration(connection: AwsConnection, name: string): Promise<string | undefined> {
  const client = new KafkaClient(clientConfig(connection));
  try {
    return await callAws('kafka:ListConfigurations', async () => {
      for await (const { Configurations = [] } of paginateListConfigurations({ client }, {})) {
        const found = Configurations.find((configuration) => configuration.Name === name);
        if (found !== undefined) return found.Arn;
      }
      return undefined;
    });
  } finally {
    client.destroy();
  }
}
