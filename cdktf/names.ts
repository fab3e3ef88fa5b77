import { partitionOf, principalOf } from '../src/aws/partition.ts';
import { awsNames, type AwsNames } from '../src/aws/names.ts';
import type { Deployment } from '../src/aws/deployment/deployment.ts';

/** Names of all resources, and how they are referred to before they exist. */
export interface ResourceNames extends AwsNames {
  prefix: string;
  region: string;
  accountId: string;
  /** an ARN in this account and region; `resource` is everything after the account */
  arn: (service: string, resource: string) => string;
  iamArn: (resource: string) => string;
  bucketArn: (bucket: string, key?: string) => string;
  /** of a policy that AWS manages, by its path and name */
  managedPolicyArn: (policy: string) => string;
  /** of a service, in trust policies */
  principal: (service: string) => string;
}

/** Names from the prefix, region and account of a deployment. */
export function resourceNames({ aws: { prefix, region }, accountId }: Deployment): ResourceNames {
  const partition = partitionOf(region);
  return {
    ...awsNames(prefix),
    prefix,
    region,
    accountId,
    arn: (service, resource) => `arn:${partition}:${service}:${region}:${accountId}:${resource}`,
    iamArn: (resource) => `arn:${partition}:iam::${accountId}:${resource}`,
    bucketArn: (bucket, key) => `arn:${partition}:s3:::${bucket}${key === undefined ? '' : `/${key}`}`,
    managedPolicyArn: (policy) => `arn:${partition}:iam::aws:policy/${policy}`,
    principal: (service) => principalOf(service, region),
  };
}
