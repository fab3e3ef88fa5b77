import type { PolicyDocument } from '../../src/aws/pipeline/policies.ts';
import type { AccountCall } from './aws/account.ts';

/** `*` is any text in a policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html */
export function fits(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text);
}

/** Whether a policy allows an action, on a resource where one is given. */
export function allows({ Statement }: PolicyDocument, action: string, resource?: string): boolean {
  return Statement.some(
    (one) =>
      one.Action.some((pattern) => fits(pattern, action)) &&
      (resource === undefined || one.Resource.some((pattern) => fits(pattern, resource))),
  );
}

/** Prefixes of actions that differ from the name of the service's model. */
const prefixes: Record<string, string> = {
  emr: 'elasticmapreduce',
  'service-quotas': 'servicequotas',
  resourcegroupstaggingapi: 'tag',
};

/** Operations whose right has another name: https://docs.aws.amazon.com/service-authorization/latest/reference */
const named: Record<string, string> = {
  's3:HeadBucket': 's3:ListBucket',
  's3:ListObjects': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:HeadObject': 's3:GetObject',
  // The emulator goes by method and path, which two operations share.
  's3:CopyObject': 's3:PutObject',
  's3:AbortMultipartUpload': 's3:DeleteObject',
  's3:GetBucketLifecycle': 's3:GetLifecycleConfiguration',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetBucketReplication': 's3:GetReplicationConfiguration',
  's3:GetBucketAccelerateConfiguration': 's3:GetAccelerateConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:GetObjectLockConfiguration': 's3:GetBucketObjectLockConfiguration',
};

/** The right that a call to the emulated account needs in a real one. */
export function rightOf({ service, operation }: Pick<AccountCall, 'service' | 'operation'>): string {
  const action = `${prefixes[service] ?? service}:${operation}`;
  if (service === 'budgets' && operation.startsWith('Describe')) return 'budgets:ViewBudget';
  return named[action] ?? action;
}
