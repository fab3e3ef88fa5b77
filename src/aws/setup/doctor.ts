import { execa } from 'execa';
import { Fault } from '../../errors.ts';
import { findAnsiblePython } from './ansible.ts';
import { thisMachine } from '../../toolchain/machine.ts';
import { functionNames } from '../../lake/functions.ts';
import { isCostTagActive } from '../services/billing.ts';
import { costTag } from '../status/guards.ts';
import { unreservedExecutions } from '../services/lambda.ts';
import { connectionOf, identifyCaller, type AwsConnection } from '../services/connection.ts';
import { nameAwsLake } from '../lake.ts';
import { accountChecks } from '../preflight/account-checks.ts';
import { ask } from '../preflight/checks.ts';
import { needsOfNewLake } from '../preflight/needs.ts';
import { listZones } from '../services/offers.ts';
import { hasStateBucket } from '../services/state-bucket.ts';
import { sessionPlugin, sessionPluginHelp } from '../hosts/session.ts';
import { findMirror } from '../terraform/mirror.ts';
import { findTerraform } from '../terraform/terraform.ts';
import type { Finding } from '../../toolchain/examination.ts';
import type { Settings } from '../../settings/schema.ts';

/** Checks what a lake in an account needs of this machine and of the credentials, and changes nothing. */
export async function examineAws(settings: Settings, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const connection = connectionOf(settings.aws, env);
  const own = Promise.all([
    examinePrefix(settings),
    look('aws', async () => {
      const { accountId, arn } = await identifyCaller(connection);
      return `account ${accountId} as ${arn}, ${settings.aws.region}`;
    }),
    look('functions', () => examineExecutions(connection)),
    ...(settings.aws.monthlyBudget > 0 ? [examineBudget(connection)] : []),
    look('terraform', async () => {
      const mirror = findMirror(env);
      const terraform = await findTerraform({ ...env, ...mirror.env });
      const { stdout } = await execa(terraform, ['version', '-json'], {
        env: { ...env, ...mirror.env },
        stdin: 'ignore',
      });
      return (JSON.parse(stdout) as { terraform_version: string }).terraform_version;
    }),
    examineProvider(env, 'hashicorp/aws'),
    ...(settings.elastic.url === undefined ? [examineProvider(env, 'elastic/ec')] : []),
    ...(settings.aws.producers === 'host' ? examineWayToHost(settings, env) : [examineImage(settings)]),
  ]);
  return (await Promise.all([own, examineAccount(settings, env)])).flat();
}

/** What the playbook needs here. */
function examineWayToHost(settings: Settings, env: NodeJS.ProcessEnv): Promise<Finding>[] {
  return [
    look('python', async () => {
      const { version, command } = await findAnsiblePython(thisMachine(env));
      return `${version} as ${command}, for Ansible`;
    }),
    examineCommand('ssh', ['-V'], env),
    // Without a file it only prints its usage; it counts that it starts.
    examineCommand('ssh-keygen', ['-?'], env),
    ...(settings.aws.host.connection === 'session-manager'
      ? [examineCommand(sessionPlugin, ['--version'], env, `${sessionPluginHelp}.`)]
      : []),
  ];
}

/** An image is built on Linux only; a published one needs nothing here. */
function examineImage({ aws: { containers } }: Settings): Finding {
  const what = 'image';
  if (containers.image !== undefined) return { what, state: 'ok', found: containers.image };
  if (process.platform === 'linux') return { what, state: 'ok', found: `is built here for ${containers.architecture}` };
  return {
    ...{ what, state: 'fault', found: `an image is built on Linux only, and this is ${process.platform}` },
    mend: 'Set "aws.containers.image" in cryptodm.yaml to a published image, or run "cryptodm up" on Linux.',
  };
}

/** What the account lacks for a new lake; of one that is up, `plan` asks for what it adds. */
async function examineAccount(settings: Settings, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  if (settings.aws.prefix === undefined) return [];
  const lake = nameAwsLake(settings, env);
  try {
    const caller = await identifyCaller(lake.connection);
    if (await hasStateBucket(lake.connection, lake.bucket)) return [];
    const [zone] = await listZones(lake.connection).catch(() => []);
    // The executions of functions have a line of their own.
    const needs = { ...needsOfNewLake(lake, zone), executions: 0 };
    const { lacks, notKnown } = await ask(accountChecks(lake, caller, needs));
    if (lacks.length + notKnown.length === 0) {
      return [{ what: 'account', state: 'ok', found: 'has quotas, versions, names and rights for a new lake' }];
    }
    return [
      ...lacks.map((lack): Finding => ({ what: 'account', state: 'fault', found: lack.message, mend: lack.next })),
      ...notKnown.map(({ what, why }): Finding => ({ what: 'account', state: 'warning', found: `${what}: ${why}` })),
    ];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // Without credentials the line "aws" says it already.
    return error.kind === 'environment'
      ? []
      : [{ what: 'account', state: 'fault', found: error.message, mend: error.next }];
  }
}

function examinePrefix({ aws }: Settings): Finding {
  if (aws.prefix !== undefined) return { what: 'prefix', state: 'ok', found: aws.prefix };
  return {
    what: 'prefix',
    state: 'fault',
    found: 'aws.prefix is not given',
    mend: 'Run "cryptodm init --target aws", or set aws.prefix in cryptodm.yaml.',
  };
}

function examineProvider(env: NodeJS.ProcessEnv, provider: string): Finding {
  const { pluginDir } = findMirror(env, provider);
  const where = pluginDir === undefined ? 'Terraform fetches it at the first plan' : `in ${pluginDir}`;
  return { what: 'provider', state: 'ok', found: `${provider}: ${where}` };
}

/** Each function reserves one; the last 100 can't be reserved (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html). */
async function examineExecutions(connection: AwsConnection): Promise<string> {
  const free = await unreservedExecutions(connection);
  const needed = 100 + functionNames.length;
  if (free >= needed) return `${String(free)} concurrent executions are free`;
  throw new Fault(
    'outside',
    `${String(free)} concurrent executions of Lambda functions are free, a new lake needs ${String(needed)}`,
    {
      next: 'Ask for a higher quota "Concurrent executions" of AWS Lambda in this region (Service Quotas); new accounts have 10.',
    },
  );
}

/** A budget with a filter by a tag sees nothing while that tag is not active, so something else must limit the cost. */
async function examineBudget(connection: AwsConnection): Promise<Finding> {
  const what = 'budget';
  const guard = 'Until then the time to live (aws.timeToLive) is what limits the cost.';
  try {
    if (await isCostTagActive(connection, costTag)) {
      return { what, state: 'ok', found: `the tag "${costTag}" is active for cost allocation` };
    }
    return {
      ...{
        what,
        state: 'warning',
        found: `the tag "${costTag}" is not active for cost allocation: the budget sees no costs`,
      },
      mend: `Once a lake has been up, activate it in "Billing and Cost Management", "Cost allocation tags" (as the payer of the account; it takes up to a day). ${guard}`,
    };
  } catch (error) {
    const found = `whether the budget sees costs is not known: ${(error as Error).message}`;
    return {
      what,
      state: 'warning',
      found,
      mend: `Ask the payer of the account whether the tag "${costTag}" is active for cost allocation. ${guard}`,
    };
  }
}

async function examineCommand(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  repair = 'Install the OpenSSH client (apt install openssh-client, dnf install openssh-clients).',
): Promise<Finding> {
  const asked = await execa(command, args, { env, stdin: 'ignore', reject: false, timeout: 5000 });
  if (asked.code === 'ENOENT') {
    return {
      what: command,
      state: 'fault',
      found: `no ${command} in the PATH`,
      mend: repair,
    };
  }
  const version = /OpenSSH_\S+?(?=,|\s|$)/.exec(asked.stderr)?.[0];
  return { what: command, state: 'ok', found: version ?? 'in the PATH' };
}

async function look(what: string, ask: () => Promise<string>): Promise<Finding> {
  try {
    return { what, state: 'ok', found: await ask() };
  } catch (error) {
    if (error instanceof Fault) return { what, state: 'fault', found: error.message, mend: error.next };
    return { what, state: 'fault', found: (error as Error).message };
  }
}
