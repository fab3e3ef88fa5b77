import { Construct, IamRole, IamRolePolicy, IamRolePolicyAttachment, type ITerraformDependable } from '../imports.ts';
import type { ResourceNames } from '../names.ts';
import { policy, trust, type Statement } from '../statement.ts';

export interface RoleProps {
  names: ResourceNames;
  /** without prefix */
  name: string;
  /** principal that takes it on */
  service: string;
  /** for services that name the account on whose behalf they act */
  onlyThisAccount?: boolean;
  statements: Statement[];
  /** ARN of a policy that AWS manages */
  managedPolicy?: string;
}

/** A role of a service with exactly the rights it needs. */
export class Role extends Construct {
  readonly arn: string;
  readonly name: string;
  /** dependencies of what uses the rights as soon as it exists */
  readonly rights: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: RoleProps) {
    super(scope, id);
    const { names, statements, managedPolicy } = props;
    const role = new IamRole(this, 'role', {
      name: names.named(props.name),
      path: names.iamPath,
      assumeRolePolicy: trust(props.service, props.onlyThisAccount === true ? names.accountId : undefined),
    });
    this.rights = [new IamRolePolicy(this, 'rights', { name: 'rights', role: role.name, policy: policy(statements) })];
    if (managedPolicy !== undefined) {
      this.rights.push(new IamRolePolicyAttachment(this, 'managed', { role: role.name, policyArn: managedPolicy }));
    }
    this.arn = role.arn;
    this.name = role.name;
  }
}
