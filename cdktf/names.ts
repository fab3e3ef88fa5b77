import { awsNames, type AwsNames } from '../src/aws/names.ts';
import type { Deployment } from '../src/aws/deployment/deployment.ts';

/** What everything is called, and how it is referred to before it is made. */
export interface ResourceNames extends AwsNames {
  prefix: string;
  region: string;
  accountId: string;
  /** an ARN in this account and region; `resource` is all that follows the account */
  arn: (service: string, resource: string) => string;
  iamArn: (resource: string) => string;
  bucketArn: (bucket: string, key?: string) => string;
}

/** @param deployment whose prefix, region and account make the names */
export function resourceNames({ aws: { prefix, region }, accountId }: Deployment): ResourceNames {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return {
    ...awsNames(prefix),
    prefix,
    region,
    accountId,
    arn: (service, resource) => `arn:${partition}:${service}:${region}:${accountId}:${resource}`,
    iamArn: (resource) => `arn:${partition}:iam::${accountId}:${resource}`,
    bucketArn: (bucket, key) => `arn:${partition}:s3:::${bucket}${key === undefined ? '' : `/${key}`}`,
  };
}
