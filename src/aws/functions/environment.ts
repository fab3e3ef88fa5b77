import { Fault } from '../../errors.ts';
import { connectionOf, type AwsConnection } from '../services/connection.ts';
import { splitUri } from '../services/objects.ts';

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
