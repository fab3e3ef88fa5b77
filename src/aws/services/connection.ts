import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Fault } from '../../errors.ts';

/** Which account and region are used. Credentials come from the SDK's own chain: environment, profile, SSO, instance role. */
export interface AwsConnection {
  region: string;
  profile?: string | undefined;
  /** AWS is reached at an endpoint of one's own: buckets are named in the path, because an IP address can't carry them in front */
  ownEndpoint?: boolean;
}

/** The connection of a lake. @param env may name an endpoint of one's own, which the SDK uses by itself */
export function connectionOf(
  { region, profile }: Pick<AwsConnection, 'region' | 'profile'>,
  env: Readonly<Record<string, string | undefined>>,
): AwsConnection {
  return { region, profile, ownEndpoint: env['AWS_ENDPOINT_URL'] !== undefined };
}

/** What every client of the SDK is made with. */
export interface ClientConfig {
  region: string;
  profile?: string;
  maxAttempts: number;
  forcePathStyle?: boolean;
}

export function clientConfig(connection: AwsConnection): ClientConfig {
  return {
    region: connection.region,
    ...(connection.profile === undefined ? {} : { profile: connection.profile }),
    maxAttempts: 4,
  };
}

/** Lends a client of the SDK, and closes its connections afterwards. */
export async function useClient<Client extends { destroy: () => void }, T>(
  client: Client,
  act: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    return await act(client);
  } finally {
    client.destroy();
  }
}

/** As `clientConfig`, for S3. */
export function s3Config(connection: AwsConnection): ClientConfig {
  return { ...clientConfig(connection), forcePathStyle: connection.ownEndpoint === true };
}

export interface Caller {
  accountId: string;
  arn: string;
}

/** Who the credentials belong to. @throws Fault of kind `environment` without or with expired credentials, `outside` when AWS can't be reached */
export async function identifyCaller(connection: AwsConnection): Promise<Caller> {
  const sts = new STSClient(clientConfig(connection));
  try {
    const { Account, Arn } = await callAws('sts:GetCallerIdentity', () => sts.send(new GetCallerIdentityCommand({})));
    return { accountId: Account ?? '', arn: Arn ?? '' };
  } finally {
    sts.destroy();
  }
}

const expired = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AuthFailure',
]);
const missing = new Set(['CredentialsProviderError', 'TokenProviderError']);
const denied = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'AuthorizationError']);
const unreachable = new Set(['ENOTFOUND', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN', 'TimeoutError']);

/**
 * Calls AWS and explains known failures. Errors that the caller must distinguish (such as a missing bucket) stay as the SDK threw them.
 * @param action as IAM writes it, such as `s3:CreateBucket`
 */
export async function callAws<T>(action: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explainAws(error, action);
  }
}

/** A fault with what to do where the failure is known, else the error as it is. */
export function explainAws(error: unknown, action: string): unknown {
  const { name = '', code, message = '' } = error as { name?: string; code?: string; message?: string };
  if (missing.has(name)) {
    return new Fault('environment', 'no AWS credentials were found', {
      where: action,
      next: 'Sign in ("aws sso login", "aws configure") or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then run it again.',
      cause: error,
    });
  }
  if (expired.has(name)) {
    return new Fault('environment', `AWS does not accept the credentials (${name}): ${message}`, {
      where: action,
      next: 'Sign in again, then run the same command: it goes on where it stopped.',
      cause: error,
    });
  }
  if (denied.has(name)) {
    return new Fault('outside', `no permission for ${action}: ${message}`, {
      where: action,
      next: 'Give this user the permission (docs/aws.md lists all that are needed), then run the same command: it goes on where it stopped.',
      facts: { denied: action },
      cause: error,
    });
  }
  if (unreachable.has(code ?? name)) {
    return new Fault('outside', `AWS can’t be reached (${code ?? name}): ${message}`, {
      where: action,
      next: 'Check the network, then run the same command: it goes on where it stopped.',
      cause: error,
    });
  }
  return error;
}

/** The name under which the SDK reports an error, such as `NoSuchBucket`. */
export function awsErrorName(error: unknown): string {
  return (error as { name?: string }).name ?? '';
}
