import { awsNames } from '../names.ts';
import { partitionOf } from '../partition.ts';
import { rights, type RightsPlace } from '../rights.ts';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
export interface Statement {
  Effect: 'Allow';
  Action: readonly string[];
  Resource: readonly string[];
  Condition?: Record<string, Record<string, string>>;
}

export interface PolicyDocument {
  Version: '2012-10-17';
  Statement: Statement[];
}

/** All rights of a user who runs `up` and `down`. */
export function upPolicy(place: RightsPlace): PolicyDocument {
  return policyOf(rights.map((one) => allow(place, one.actions, one.on?.(place), one.global)));
}

/**
 * Rights of a user who runs `plan` only: to read what the lake consists of and its state, and to hold the locks meanwhile. The data of the tables
 * is not among them.
 */
export function planPolicy(place: RightsPlace): PolicyDocument {
  const { stateBucket, buckets } = awsNames(place.prefix);
  const objects = (bucket: string, key: string) => `arn:${partitionOf(place.region)}:s3:::${bucket}/${key}`;
  return policyOf([
    ...rights.flatMap(({ reads, readsOn, on, global }) =>
      reads === undefined ? [] : [allow(place, reads, (readsOn ?? on)?.(place), global)],
    ),
    allow(place, ['s3:GetObject', 's3:GetObjectTagging'], [objects(stateBucket, '*'), objects(buckets.artifacts, '*')]),
    allow(
      place,
      ['s3:PutObject', 's3:DeleteObject'],
      [objects(stateBucket, 'lock.json'), objects(stateBucket, '*.tflock')],
    ),
  ]);
}

/** Rights without an ARN are limited to the region of the lake, where the service has regions. */
function allow(place: RightsPlace, actions: readonly string[], on?: readonly string[], global = false): Statement {
  const statement: Statement = { Effect: 'Allow', Action: actions, Resource: on ?? ['*'] };
  if (on !== undefined || global) return statement;
  return { ...statement, Condition: { StringEquals: { 'aws:RequestedRegion': place.region } } };
}

/** Statements that differ in their actions only become one: IAM counts characters. */
function policyOf(statements: Statement[]): PolicyDocument {
  const joined = new Map<string, Statement>();
  for (const statement of statements) {
    const { Action, ...rest } = statement;
    const key = JSON.stringify(rest);
    joined.set(key, { ...statement, Action: [...(joined.get(key)?.Action ?? []), ...Action] });
  }
  return { Version: '2012-10-17', Statement: [...joined.values()] };
}
