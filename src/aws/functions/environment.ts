import { Fault } from '../../errors.ts';
import { connectionOf, type AwsConnection } from '../services/connection.ts';

/** What every function of a lake reads from its environment (`docs/contracts.md`). The only place that reads it. */
export interface LakeEnvironment {
  /** prefix of the lake */
  lake: string;
  connection: AwsConnection;
  spec: { bucket: string; key: string };
  artifacts: string;
  workgroup: string;
  /** ARN of the SNS topic */
  alerts: string;
  /** a variable that only some functions have; undefined when it is absent or empty */
  variable: (name: string) => string | undefined;
}

/** @throws Fault of kind `settings` that names every missing variable */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): LakeEnvironment {
  const names = ['LAKE', 'AWS_REGION', 'SPEC_URI', 'ARTIFACTS_BUCKET', 'WORKGROUP', 'ALERTS_TOPIC_ARN'] as const;
  const missing = names.filter((name) => !env[name]);
  if (missing.length > 0)
    throw new Fault('settings', `the environment lacks ${missing.join(', ')}`, {
      next: 'Run "cryptodm up": it sets the environment of the functions.',
    });
  const [lake = '', region = '', uri = '', artifacts = '', workgroup = '', alerts = ''] = names.map(
    (name) => env[name],
  );
  return {
    lake,
    connection: connectionOf({ region }, env),
    spec: splitUri(uri),
    artifacts,
    workgroup,
    alerts,
    variable: (name) => env[name] || undefined,
  };
}

/** Bucket and key of `s3://bucket/key`. @throws Fault of kind `settings` for anything else */
export function splitUri(uri: string): { bucket: string; key: string } {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (bucket === undefined || key === undefined)
    throw new Fault('settings', `${uri} is not an address such as s3://bucket/key`);
  return { bucket, key };
}
