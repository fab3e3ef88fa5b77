import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { callAws, clientConfig } from '../services/connection.ts';
import type { LakeEnvironment } from './environment.ts';

/** Sends a message to the subscribers of the lake's alerts. @param subject up to 100 characters */
export async function publishAlert(
  { connection, lake, alerts }: LakeEnvironment,
  subject: string,
  lines: string[],
): Promise<void> {
  const sns = new SNSClient(clientConfig(connection));
  try {
    await callAws('sns:Publish', () =>
      sns.send(
        new PublishCommand({
          TopicArn: alerts,
          Subject: `${lake}: ${subject}`.slice(0, 100),
          Message: `${lines.join('\n')}\n`,
        }),
      ),
    );
  } finally {
    sns.destroy();
  }
}
