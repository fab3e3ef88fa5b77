import { Fault } from '../errors.ts';
import { declareLake } from '../lake/declaration.ts';
import type { Lake } from '../lake/schema.ts';
import type { Settings } from '../settings/schema.ts';
import { layOutAws, type AwsLayout } from './layout.ts';
import { awsNames, type AwsNames } from './names.ts';
import type { AwsConnection } from './services/connection.ts';
import type { StateBucket } from './services/state-bucket.ts';

/** A lake in an account: what it is, where, and under which names. */
export interface AwsLake {
  settings: Settings;
  lake: Lake;
  prefix: string;
  connection: AwsConnection;
  names: AwsNames;
  layout: AwsLayout;
  tags: Record<string, string>;
  bucket: StateBucket;
}

/** @throws Fault of kind `settings` when no prefix is given */
export function nameAwsLake(settings: Settings): AwsLake {
  const { prefix, region, profile, databasePrefix } = settings.aws;
  if (prefix === undefined) {
    throw new Fault('settings', 'aws.prefix is not given: it stands in front of every name in the account', {
      where: 'cryptodm.yaml',
      next: 'Run "cryptodm init --target aws", or set aws.prefix there.',
    });
  }
  const names = awsNames(prefix);
  return {
    settings,
    lake: declareLake(settings.coins, databasePrefix),
    prefix,
    connection: { region, profile },
    names,
    layout: layOutAws(settings.paths.data, prefix),
    tags: names.tags,
    bucket: { name: names.stateBucket, tags: names.tags },
  };
}
