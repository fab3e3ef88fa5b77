import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Fault } from '../../errors.ts';

// The lock file holds a version of the SDK that runs on the oldest Node we support.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** Which account and region are spoken to. Credentials come from the SDK's own chain: environment, profile, SSO, instance role. */
export interface AwsConnection {
  region: string;
  profile?: string | undefined;
}

/** What every client of the SDK is made with. `AWS_ENDPOINT_URL` is obeyed by the SDK itself. */
export interface ClientConfig {
  region: string;
  profile?: string;
  maxAttempts: number;
  /** buckets in the path: an address of numbers can't carry them in front, and AWS takes both */
  forcePathStyle?: boolean;
}

export function clientConfig(connection: AwsConnection): ClientConfig {
  return {
    region: connection.region,
    ...(connection.profile === undefined ? {} : { profile: connection.profile }),
    maxAttempts: 4,
  };
}

/** As `clientConfig`, for S3. */
export function s3Config(connection: AwsConnection): ClientConfig {
  return { ...clientConfig(connection), forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined };
}

export interface Caller {
  accountId: string;
  arn: string;
}

/** Who we are. @throws Fault of kind `environment` without or with expired credentials, `outside` when AWS can't be reached */
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
 * Calls AWS and says in our words what failed. Errors that the caller must tell apart (a bucket that is not there) come through as the
 * SDK's own.
 * @param action as IAM writes it, such as `s3:CreateBucket`
 */
export async function callAws<T>(action: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explainAws(error, action);
  }
}

/** A fault in our words where we know what is wrong, else the error as it is. */
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
      cause: error,
    });
  }
  if (unreachable.has(code ?? name)) {
    return new Fault('outside', `AWS can’t be reached (${code ?? name}): ${message}`, {
      where: action,
      next: 'Look at the network, then run the same command: it goes on where it stopped.',
      cause: error,
    });
  }
  return error;
}

/** The name under which the SDK reports an error, such as `NoSuchBucket`. */
export function awsErrorName(error: unknown): string {
  return (error as { name?: string }).name ?? '';
}
