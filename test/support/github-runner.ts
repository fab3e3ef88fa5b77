import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { execa } from 'execa';
import { writeFiles } from './folders.ts';
import type { EmulatedAccount } from './aws/account.ts';
import type { WorkflowJob, WorkflowStep } from './workflows.ts';

export interface Runner {
  account: EmulatedAccount;
  /** the checkout */
  folder: string;
  /** for programs, tokens and what a step leaves for the next one */
  scratch: string;
  env: Record<string, string | undefined>;
  /** what GitHub puts into the token of a job */
  subject: string;
  /** values of `${{ ... }}`, by the expression */
  values: Record<string, string>;
}

export interface StepRan {
  name: string;
  code: number;
  output: string;
}

interface TrustStatement {
  Effect: string;
  Action: string | string[];
  Condition: { StringEquals: Record<string, string | string[]> };
}

/**
 * Runs the steps of a job as GitHub's runner does, with an account that is emulated and a GitHub that notes what it is asked. Actions that set up
 * the machine do nothing, because it has their tools. A step after a failed one runs only if it says so.
 */
export async function runJob(job: WorkflowJob, runner: Runner): Promise<StepRan[]> {
  const ran: StepRan[] = [];
  let env = { ...runner.env, PATH: [programsFor(runner), runner.env['PATH'] ?? process.env['PATH']].join(delimiter) };
  for (const step of job.steps) {
    const failed = ran.some(({ code }) => code !== 0);
    if (!isWanted(step, failed, runner)) continue;
    if (step.uses?.startsWith('aws-actions/configure-aws-credentials@')) {
      env = { ...env, ...(await signIn(step, runner)) };
      ran.push({ name: 'credentials', code: 0, output: '' });
    } else if (step.run !== undefined) ran.push(await runStep(step, runner, env));
  }
  return ran;
}

/** The conditions that our workflows have: one on the steps before, or a comparison of a value. */
function isWanted({ if: condition }: WorkflowStep, failed: boolean, { values }: Runner): boolean {
  if (condition === undefined) return !failed;
  if (condition === "${{ !cancelled() && steps.plan.outcome != 'skipped' }}") return true;
  const [, name = '', operator, value] = /^([\w.]+) (==|!=) '(.*)'$/.exec(condition) ?? [];
  if (operator === undefined) throw new Error(`unknown condition: ${condition}`);
  return !failed && (values[name] === value) === (operator === '==');
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell */
async function runStep(step: WorkflowStep, runner: Runner, env: Record<string, string | undefined>): Promise<StepRan> {
  const given = Object.entries(step.env ?? {}).map(([name, value]) => [name, fill(String(value), runner)]);
  const shell = step.shell === 'bash' ? ['--noprofile', '--norc', '-eo', 'pipefail', '-c'] : ['-e', '-c'];
  const { exitCode, all } = await execa('bash', [...shell, step.run ?? ''], {
    cwd: runner.folder,
    env: { ...env, ...(Object.fromEntries(given) as Record<string, string>), RUNNER_TEMP: runner.scratch },
    all: true,
    reject: false,
    stdin: 'ignore',
  });
  return { name: step.name ?? '', code: exitCode ?? -1, output: all };
}

function fill(text: string, { values }: Runner): string {
  return text.replace(/\$\{\{ *(.*?) *\}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`no value for ${expression}`);
    return value;
  });
}

/** @returns the variables of the session. @throws AssertionError when the role does not trust the token */
async function signIn(step: WorkflowStep, runner: Runner): Promise<Record<string, string>> {
  const arn = fill(String(step.with?.['role-to-assume']), runner);
  const claims = { sub: runner.subject, aud: 'sts.amazonaws.com', iss: 'https://token.actions.githubusercontent.com' };
  await requireTrust(arn, claims, runner.account);
  const sts = new STSClient(runner.account.clientConfig);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { Credentials } = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: arn,
      RoleSessionName: 'GitHubActions',
      WebIdentityToken: `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.signature`,
      DurationSeconds: Number(step.with?.['role-duration-seconds']),
    }),
  );
  sts.destroy();
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
    AWS_REGION: String(step.with?.['aws-region']),
  };
}

/** The emulated account lets everybody in: this compares the token with the trust policy as IAM does. */
async function requireTrust(arn: string, claims: Record<string, string>, account: EmulatedAccount): Promise<void> {
  const iam = new IAMClient(account.clientConfig);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: arn.split('/').at(-1) }));
  iam.destroy();
  assert.equal(Role?.Arn, arn);
  const { Statement } = JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument ?? '')) as {
    Statement: TrustStatement | TrustStatement[];
  };
  const trusted = [Statement]
    .flat()
    .some(
      ({ Effect, Action, Condition }) =>
        Effect === 'Allow' &&
        [Action].flat().includes('sts:AssumeRoleWithWebIdentity') &&
        Object.entries(Condition.StringEquals).every(([key, values]) =>
          [values].flat().includes(claims[key.split(':').at(-1) ?? ''] ?? ''),
        ),
    );
  assert.ok(trusted, `${arn} does not trust ${claims['sub'] ?? ''}`);
}

/** `cryptodm` of this checkout, an `npm` that installs nothing, and GitHub's `gh` with one pull request. @returns their folder */
function programsFor({ scratch }: Runner): string {
  const programs = join(scratch, 'programs');
  mkdirSync(programs, { recursive: true });
  writeFiles(programs, {
    'cryptodm*': `#!/bin/sh\nexec '${join(process.cwd(), 'cryptodm')}' "$@"\n`,
    'npm*': `#!/bin/sh\necho "npm $*"\n`,
    'gh*': `#!${process.execPath}\n${github}`,
  });
  return programs;
}

/** Answers `gh api` about the comments of a pull request: https://docs.github.com/en/rest/issues/comments */
const github = `
const { readFileSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const store = process.env.RUNNER_TEMP + '/github.json';
let comments = [];
try { comments = JSON.parse(readFileSync(store, 'utf8')); } catch { /* there are none yet */ }
const after = (flag) => args[args.indexOf(flag) + 1];
const body = () => readFileSync(after('--field').replace(/^body=@/, ''), 'utf8');
const path = args.find((arg) => arg.startsWith('repos/'));
if (args[0] !== 'api' || process.env.GH_TOKEN !== 'token-of-the-run') process.exit(1);
if (!args.includes('--method')) {
  if (after('--jq') !== '.[] | select(.body | startswith(env.MARK)) | .id') process.exit(1);
  for (const { id, body } of comments) if (body.startsWith(process.env.MARK)) console.log(id);
} else {
  if (after('--method') === 'POST') comments.push({ id: comments.length + 7, path, body: body() });
  else comments.find(({ id }) => path.endsWith('/comments/' + id)).body = body();
  writeFileSync(store, JSON.stringify(comments));
}
`;

export interface Comment {
  id: number;
  path: string;
  body: string;
}

export function commentsOf({ scratch }: Runner): Comment[] {
  return JSON.parse(readFileSync(join(scratch, 'github.json'), 'utf8')) as Comment[];
}
