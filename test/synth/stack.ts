import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemble } from '../../cdktf/app.ts';
import { sampleDeployment, type DeploymentChanges } from '../support/deployment.ts';

export type Attributes = Record<string, unknown>;

/** What Terraform reads of a stack (`JSON configuration syntax`). */
export interface StackJson {
  terraform: { required_providers: Record<string, Attributes>; backend: Record<string, Attributes> };
  provider: Record<string, Attributes[]>;
  resource: Record<string, Record<string, Attributes>>;
  data?: Record<string, Record<string, Attributes>>;
  output: Record<string, Attributes>;
}

export const prefix = 'sample-lake';

const written = new Map<string, Record<string, StackJson>>();

/** Stacks by name, as they are written for a deployment. */
export function synthesiseStacks(changes: DeploymentChanges = {}): Record<string, StackJson> {
  const key = JSON.stringify(changes, (_, value: unknown) => (value === undefined ? 'absent' : value));
  const known = written.get(key);
  if (known !== undefined) return known;
  const outdir = mkdtempSync(join(tmpdir(), 'cryptodm-synth-'));
  try {
    const app = assemble(sampleDeployment(changes), outdir);
    app.synth();
    const { stacks } = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8')) as { stacks: object };
    const read = Object.keys(stacks).map(
      (name) => [name, JSON.parse(readFileSync(join(outdir, 'stacks', name, 'cdk.tf.json'), 'utf8'))] as const,
    );
    const result = Object.fromEntries(read) as Record<string, StackJson>;
    written.set(key, result);
    return result;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

export function synthesiseLake(changes: DeploymentChanges = {}): StackJson {
  const { lake } = synthesiseStacks(changes);
  if (lake === undefined) throw new Error('there is no stack "lake"');
  return lake;
}

/** Resources of a type by their logical name; none where there is none of the type. */
export function resourcesOf(stack: StackJson, type: string): Record<string, Attributes> {
  return stack.resource[type] ?? {};
}

/** The one resource of its type whose logical name begins so. @throws Error when there is none, or more than one */
export function resourceOf(stack: StackJson, type: string, start = ''): Attributes {
  const found = Object.entries(resourcesOf(stack, type)).filter(([name]) => name.startsWith(start));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${type}: ${String(found.length)} begin with "${start}", not one`);
  }
  return only[1];
}

export interface PolicyStatement {
  Effect: string;
  Principal?: unknown;
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string>>;
}

export function statementsOf(policy: unknown): PolicyStatement[] {
  return (JSON.parse(String(policy)) as { Statement: PolicyStatement[] }).Statement;
}

/** Statements of a role, by the beginning of its policy's logical name. */
export function rightsOf(stack: StackJson, start: string): PolicyStatement[] {
  return statementsOf(resourceOf(stack, 'aws_iam_role_policy', start)['policy']);
}

/** Statements of a role, by its name without prefix. */
export function rightsOfRole(stack: StackJson, role: string): PolicyStatement[] {
  const [id] =
    Object.entries(resourcesOf(stack, 'aws_iam_role')).find(([, { name }]) => name === `${prefix}-${role}`) ?? [];
  const policies = Object.values(resourcesOf(stack, 'aws_iam_role_policy'));
  return policies
    .filter((policy) => policy['role'] === `\${aws_iam_role.${id ?? ''}.name}`)
    .flatMap((policy) => statementsOf(policy['policy']));
}

/** Whether one of the statements allows the action on the very resource pattern. */
export function allows(statements: PolicyStatement[], action: string, resource: string): boolean {
  return statements.some((one) => one.Action.includes(action) && one.Resource.includes(resource));
}
