import type { Deployment } from '../src/targets/deployment.ts';

export type Layer = Deployment['databases'][number]['layer'];
export const layers: readonly Layer[] = ['bronze', 'silver', 'gold'];

/** Where everything lies and what it is called (`docs/contracts.md`): plain text, known before anything is made. */
export interface Place {
  prefix: string;
  region: string;
  accountId: string;
  /** of IAM entities */
  iamPath: string;
  /** on everything made */
  tags: { project: string; lake: string };
  /** by name of the bucket, without prefix */
  buckets: Record<Layer | 'artifacts' | 'logs', string>;
  workgroup: string;
  cluster: string;
  streamLogs: string;
  producerLogs: string;
  /** @param name without prefix */
  named: (name: string) => string;
  secret: (name: string) => string;
  /** an ARN in this account and region; `resource` is all that follows the account */
  arn: (service: string, resource: string) => string;
  iamArn: (resource: string) => string;
  bucketArn: (bucket: string, key?: string) => string;
}

/** @param deployment whose prefix, region and account make the names */
export function placeOf({ prefix, region, accountId }: Deployment): Place {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  const named = (name: string) => `${prefix}-${name}`;
  const iamPath = `/crypto-lake/${prefix}/`;
  return {
    prefix,
    region,
    accountId,
    iamPath,
    tags: { project: 'crypto-lake', lake: prefix },
    buckets: {
      bronze: named('bronze-iceberg-data'),
      silver: named('silver-iceberg-data'),
      gold: named('gold-iceberg-data'),
      artifacts: named('artifacts'),
      logs: named('logs'),
    },
    workgroup: named('lake'),
    cluster: named('jobs'),
    streamLogs: `/crypto-lake/${prefix}/msk`,
    producerLogs: `/crypto-lake/${prefix}/producers`,
    named,
    secret: (name) => `${prefix}/${name}`,
    arn: (service, resource) => `arn:${partition}:${service}:${region}:${accountId}:${resource}`,
    iamArn: (resource) => `arn:${partition}:iam::${accountId}:${resource}`,
    bucketArn: (bucket, key) => `arn:${partition}:s3:::${bucket}${key === undefined ? '' : `/${key}`}`,
  };
}
