import { Fault } from '../errors.ts';
import { declareLake } from '../lake/declaration.ts';
import type { Lake } from '../lake/schema.ts';
import { choicesOf } from '../settings/production.ts';
import type { Settings } from '../settings/schema.ts';
import { layOutAws, type AwsLayout } from './layout.ts';
import { awsNames, type AwsNames } from './names.ts';
import { connectionOf, type AwsConnection } from './services/connection.ts';
import { cloudEndpoint } from './search/elastic-cloud.ts';
import type { StateBucket } from './services/state-bucket.ts';

/** A lake in an account: what it is, where it is, and its names. */
export interface AwsLake {
  settings: Settings;
  lake: Lake;
  prefix: string;
  connection: AwsConnection;
  names: AwsNames;
  layout: AwsLayout;
  tags: Record<string, string>;
  bucket: StateBucket;
  /** address of the API of Elastic Cloud */
  elasticCloud: string;
}

/** @param env of the process that was called @throws Fault of kind `settings` when no prefix is given */
export function nameAwsLake(settings: Settings, env: NodeJS.ProcessEnv): AwsLake {
  const { databasePrefix } = settings.aws;
  const prefix = requirePrefix(settings);
  const names = awsNames(prefix);
  return {
    settings,
    lake: declareLake(settings.coins, databasePrefix, choicesOf(settings)),
    prefix,
    connection: connectionOf(settings.aws, env),
    names,
    layout: layOutAws(settings.paths.data, prefix),
    tags: names.tags,
    bucket: { name: names.stateBucket, tags: names.tags },
    elasticCloud: cloudEndpoint(env),
  };
}

/** @throws Fault of kind `settings` when no prefix is given */
export function requirePrefix({ aws: { prefix } }: Settings): string {
  if (prefix !== undefined) return prefix;
  throw new Fault('settings', 'aws.prefix is not set: every name in the account starts with it', {
    where: 'cryptodm.yaml',
    next: 'Run "cryptodm init --target aws", or set aws.prefix there.',
  });
}
