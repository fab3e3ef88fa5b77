import { DescribeImagesCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { Fault } from '../../errors.ts';
import { awsErrorName, callAws, clientConfig, type AwsConnection } from './connection.ts';

/** Address of the account's registry, and the token that opens it for 12 hours: a secret. */
export async function openRegistry(connection: AwsConnection): Promise<{ registry: string; token: string }> {
  const ecr = new ECRClient(clientConfig(connection));
  try {
    const { authorizationData = [] } = await callAws('ecr:GetAuthorizationToken', () =>
      ecr.send(new GetAuthorizationTokenCommand({})),
    );
    const { authorizationToken: token, proxyEndpoint: registry } = authorizationData[0] ?? {};
    if (token === undefined || registry === undefined) throw new Fault('outside', 'ECR gives no token');
    return { registry, token };
  } finally {
    ecr.destroy();
  }
}

/** Whether a repository has an image of this tag. */
export async function hasImage(connection: AwsConnection, repository: string, tag: string): Promise<boolean> {
  const ecr = new ECRClient(clientConfig(connection));
  try {
    await callAws('ecr:DescribeImages', () =>
      ecr.send(new DescribeImagesCommand({ repositoryName: repository, imageIds: [{ imageTag: tag }] })),
    );
    return true;
  } catch (error) {
    if (awsErrorName(error) === 'ImageNotFoundException') return false;
    throw error;
  } finally {
    ecr.destroy();
  }
}
