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
 * @param _reason why there is no resource: it stands in the source, IAM has no place for it
 */
export function allowEverywhere(_reason: string, actions: string[], condition?: Condition): Statement {
  return allow(actions, ['*'], condition);
}

export function policy(statements: Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** Who may take a role on: a service, where it says so only on behalf of this account. */
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
