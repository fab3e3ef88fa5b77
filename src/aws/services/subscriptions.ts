import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { callAws, clientConfig, type AwsConnection } from './connection.ts';

/** Addresses that are to get the messages of a topic and have not agreed yet: until then they get none. */
export async function listUnconfirmed(connection: AwsConnection, topicArn: string): Promise<string[]> {
  const client = new SNSClient(clientConfig(connection));
  try {
    return await callAws('sns:ListSubscriptionsByTopic', async () => {
      const found: string[] = [];
      for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn })) {
        for (const { SubscriptionArn, Endpoint = '' } of Subscriptions) {
          if (SubscriptionArn === 'PendingConfirmation') found.push(Endpoint);
        }
      }
      return found;
    });
  } finally {
    client.destroy();
  }
}
