/** A statement of an IAM policy (`IAM JSON policy elements reference`). */
export interface Statement {
  Effect: 'Allow' | 'Deny';
  Principal?: { Service: string | string[] } | { AWS: string } | '*';
  Action: string[];
  Resource?: string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

type Condition = NonNullable<Statement['Condition']>;

export function allow(actions: string[], resources: string[], condition?: Condition): Statement {
  return {
    Effect: 'Allow',
    Action: actions,
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

/**
 * Only for actions that the service can't limit to a resource.
 * @param _reason why there is no resource; for readers of the source, IAM has no field for it
 */
export function allowEverywhere(_reason: string, actions: string[], condition?: Condition): Statement {
  return allow(actions, ['*'], condition);
}

export function policy(statements: Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** Trust policy of a role: a service, with `accountId` only on behalf of that account. */
export function trust(service: string, accountId?: string): string {
  return policy([
    {
      Effect: 'Allow',
      Principal: { Service: service },
      Action: ['sts:AssumeRole'],
      ...(accountId === undefined ? {} : { Condition: { StringEquals: { 'aws:SourceAccount': accountId } } }),
    },
  ]);
}
