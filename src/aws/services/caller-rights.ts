import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { callAws, clientConfig, type AwsConnection } from './connection.ts';

/**
 * ARN of the user or role whose policies decide for a caller; undefined for the root user, who may do everything.
 * @param arn as STS names the caller
 */
export async function principalArn(connection: AwsConnection, arn: string): Promise<string | undefined> {
  if (arn.endsWith(':root')) return undefined;
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  if (role === undefined) return arn;
  // STS leaves out the path of a role.
  const client = new IAMClient(clientConfig(connection));
  try {
    const { Role } = await callAws('iam:GetRole', () => client.send(new GetRoleCommand({ RoleName: role })));
    return Role?.Arn ?? arn;
  } finally {
    client.destroy();
  }
}

/**
 * Actions that IAM would deny. One that depends on a condition without a value here is not among them.
 * @param resources ARNs, or `*`
 */
export async function deniedActions(
  connection: AwsConnection,
  principal: string,
  { actions, resources }: { actions: readonly string[]; resources: readonly string[] },
): Promise<string[]> {
  const client = new IAMClient(clientConfig(connection));
  try {
    const { EvaluationResults = [] } = await callAws('iam:SimulatePrincipalPolicy', () =>
      client.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: principal,
          ActionNames: [...actions],
          ResourceArns: [...resources],
          MaxItems: 1000,
          ContextEntries: [
            {
              ContextKeyName: 'aws:RequestedRegion',
              ContextKeyType: 'string',
              ContextKeyValues: [connection.region],
            },
          ],
        }),
      ),
    );
    const denied = EvaluationResults.filter(
      ({ EvalDecision, MissingContextValues = [] }) => EvalDecision !== 'allowed' && MissingContextValues.length === 0,
    );
    return [...new Set(denied.map(({ EvalActionName = '' }) => EvalActionName))];
  } finally {
    client.destroy();
  }
}
