import { execa } from 'execa';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../../errors.ts';
import { replaceFile } from '../../tools/whole-file.ts';
import { lockProvider } from './provider-lock.ts';
import { explainDiagnostics, type Diagnostic } from './diagnostics.ts';
import { identify, isAlive, type ProcessIdentity } from '../../tools/process-identity.ts';

/** Terraform in one working folder, which holds a stack's `cdk.tf.json`. */
export interface Terraform {
  binary: string;
  folder: string;
  /** all that Terraform gets; a variable that is undefined is left out */
  env: Record<string, string | undefined>;
  /** folder of a local provider mirror, where one is used */
  pluginDir?: string | undefined;
}

/** One resource that a plan touches. */
export interface Change {
  address: string;
  type: string;
  action: 'create' | 'update' | 'replace' | 'delete';
}

export interface Plan {
  changes: Change[];
  /** output of `terraform show -json` for the plan file */
  json: unknown;
}

/** Progress of one resource during an apply. */
export interface ApplyEvent {
  address: string;
  state: 'started' | 'going' | 'done' | 'failed';
  seconds: number;
}

/** The least version: 1.10 locks the state by a file in S3. */
export const leastTerraform = [1, 10] as const;

/** @throws Fault of kind `environment` when there is no Terraform or it is too old */
export async function findTerraform(env: Record<string, string | undefined>): Promise<string> {
  const next = 'Install Terraform 1.10 or newer from https://developer.hashicorp.com/terraform/install.';
  let version: string;
  try {
    const { stdout } = await execa('terraform', ['version', '-json'], { env, extendEnv: false, stdin: 'ignore' });
    version = (JSON.parse(stdout) as { terraform_version: string }).terraform_version;
  } catch (error) {
    throw new Fault('environment', 'there is no Terraform in the PATH', { where: 'terraform', next, cause: error });
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > leastTerraform[0] || (major === leastTerraform[0] && minor >= leastTerraform[1])) return 'terraform';
  throw new Fault('environment', `Terraform ${version} is too old`, { where: 'terraform', next });
}

/** Fetches the providers and connects the folder with its state. @throws Fault as `explainDiagnostics` says */
export async function initialise(terraform: Terraform, signal: AbortSignal): Promise<void> {
  mkdirSync(terraform.folder, { recursive: true, mode: 0o700 });
  lockProvider(terraform.folder);
  const mirror = terraform.pluginDir === undefined ? [] : [`-plugin-dir=${terraform.pluginDir}`];
  await run(terraform, ['init', '-input=false', '-reconfigure', '-json', ...mirror], {
    signal,
    what: 'terraform init',
  });
}

/**
 * Compares the stack with what exists and keeps the plan in a file, to be applied exactly as it was shown.
 * @param options.destroy plan to remove everything
 */
export async function plan(
  terraform: Terraform,
  options: { file: string; destroy?: boolean; signal: AbortSignal },
): Promise<Plan> {
  const mode = options.destroy === true ? ['-destroy'] : [];
  const args = ['plan', '-input=false', '-json', `-out=${options.file}`, ...mode];
  await run(terraform, args, { signal: options.signal, what: 'terraform plan' });
  const json = (await showJson(terraform, [options.file], options.signal)) as PlanJson;
  const changes = (json.resource_changes ?? []).flatMap((resource) => {
    const action = actionOf(resource.change.actions);
    return action === undefined || resource.mode === 'data'
      ? []
      : [{ address: resource.address, type: resource.type, action }];
  });
  return { changes, json };
}

interface PlanJson {
  resource_changes?: {
    address: string;
    type: string;
    mode: string;
    change: { actions: string[]; after: Record<string, unknown> | null };
  }[];
}

/** The values that each resource of a plan will have, as far as they are known before the apply. */
export async function readPlanned(terraform: Terraform, file: string): Promise<Map<string, Record<string, unknown>>> {
  const json = (await showJson(terraform, [file])) as PlanJson;
  return new Map((json.resource_changes ?? []).map(({ address, change }) => [address, change.after ?? {}]));
}

async function showJson(terraform: Terraform, file: string[], signal?: AbortSignal): Promise<unknown> {
  const { stdout } = await execa(terraform.binary, ['show', '-json', ...file], {
    ...processOptions(terraform),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    maxBuffer: 200_000_000,
  });
  return JSON.parse(stdout) as unknown;
}

/** https://developer.hashicorp.com/terraform/internals/json-format, "Change Representation" */
function actionOf(actions: string[]): Change['action'] | undefined {
  if (actions.length === 2) return 'replace';
  const [action] = actions;
  return action === 'create' || action === 'update' || action === 'delete' ? action : undefined;
}

/**
 * Applies a plan file. An abort asks Terraform once to stop and waits for it: it finishes what it started and releases its lock.
 */
export async function applyPlan(
  terraform: Terraform,
  file: string,
  options: { signal: AbortSignal; onEvent: (event: ApplyEvent) => void },
): Promise<void> {
  await run(terraform, ['apply', '-input=false', '-json', file], {
    signal: options.signal,
    what: 'terraform apply',
    onLine: (line) => {
      const hook = line.hook;
      const state = applyStates[line.type ?? ''];
      if (hook?.resource !== undefined && state !== undefined) {
        options.onEvent({ address: hook.resource.addr, state, seconds: hook.elapsed_seconds ?? 0 });
      }
    },
  });
}

/** https://developer.hashicorp.com/terraform/internals/machine-readable-ui, "Operation Messages" */
const applyStates: Record<string, ApplyEvent['state']> = {
  apply_start: 'started',
  apply_progress: 'going',
  apply_complete: 'done',
  apply_errored: 'failed',
};

/** Outputs of the stack, by name. */
export async function readOutputs(terraform: Terraform): Promise<Record<string, unknown>> {
  const { stdout } = await execa(terraform.binary, ['output', '-json'], processOptions(terraform));
  const outputs = JSON.parse(stdout) as Record<string, { value: unknown }>;
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}

/** One resource that the state holds. */
export interface Held {
  address: string;
  type: string;
  values: Record<string, unknown>;
}

/** Everything that the state holds. */
export async function readState(terraform: Terraform): Promise<Held[]> {
  const { values } = (await showJson(terraform, [])) as {
    values?: { root_module?: { resources?: (Held & { mode: string })[] } };
  };
  return (values?.root_module?.resources ?? []).filter(({ mode }) => mode === 'managed');
}

/** Imports an existing resource into the state, under an address of the stack. */
export async function importResource(
  terraform: Terraform,
  address: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  await run(terraform, ['import', '-input=false', '-no-color', address, id], { signal, what: `import of ${address}` });
}

/** Removes a resource from the state; the resource itself stays. */
export async function forgetResource(terraform: Terraform, address: string): Promise<void> {
  await execa(terraform.binary, ['state', 'rm', address], processOptions(terraform));
}

/** Breaks the lock of a run that has ended. */
export async function breakLock(terraform: Terraform, id: string): Promise<void> {
  await execa(terraform.binary, ['force-unlock', '-force', id], processOptions(terraform));
}

/** The Terraform process of an earlier run that still works in this folder. */
export function runningProcess(folder: string): ProcessIdentity | undefined {
  try {
    const process = JSON.parse(readFileSync(pidFile(folder), 'utf8')) as ProcessIdentity;
    return isAlive(process) ? process : undefined;
  } catch {
    return undefined;
  }
}

interface UiLine {
  type?: string;
  diagnostic?: Diagnostic;
  hook?: { resource?: { addr: string }; elapsed_seconds?: number };
}

async function run(
  terraform: Terraform,
  args: string[],
  options: { signal: AbortSignal; what: string; onLine?: (line: UiLine) => void },
): Promise<void> {
  if (options.signal.aborted) throw stopped();
  const diagnostics: Diagnostic[] = [];
  const said = join(terraform.folder, 'terraform.log');
  const wrong = join(terraform.folder, 'terraform.err');
  const outputs = [said, wrong].map((file) => openSync(file, 'w', 0o600));
  // Its own process group: Ctrl-C in the terminal reaches only this process, which passes it on once (a second time Terraform would drop everything).
  // Files instead of pipes: when this process is killed, Terraform finishes what it started.
  const { cwd, env } = processOptions(terraform);
  const child = spawn(terraform.binary, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', ...outputs],
  });
  outputs.forEach((file) => {
    closeSync(file);
  });
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
  const stop = () => {
    child.kill('SIGINT');
  };
  options.signal.addEventListener('abort', stop, { once: true });
  const self = child.pid === undefined ? undefined : identify(child.pid);
  if (self !== undefined) replaceFile(pidFile(terraform.folder), JSON.stringify(self));
  try {
    for await (const text of followLines(said, exit)) {
      if (!text.startsWith('{')) continue;
      const line = JSON.parse(text) as UiLine;
      if (line.diagnostic?.severity === 'error') diagnostics.push(line.diagnostic);
      options.onLine?.(line);
    }
    const code = await exit;
    if (options.signal.aborted) throw stopped();
    if (code === 0) return;
    const complaint = readFileSync(wrong, 'utf8').trim();
    throw explainDiagnostics(diagnostics, {
      what: options.what,
      said: complaint === '' ? `it ended with exit code ${String(code)}` : complaint,
      cause: undefined,
    });
  } finally {
    options.signal.removeEventListener('abort', stop);
    rmSync(pidFile(terraform.folder), { force: true });
  }
}

/** The lines of a file that a process writes, each as soon as it is whole, until the process has ended. */
async function* followLines(path: string, writer: Promise<unknown>): AsyncGenerator<string> {
  let ended = false;
  const end = writer.then(
    () => (ended = true),
    () => (ended = true),
  );
  const file = await open(path, 'r');
  try {
    const decoder = new StringDecoder('utf8');
    const chunk = Buffer.alloc(65_536);
    let rest = '';
    for (;;) {
      const last = ended;
      const { bytesRead } = await file.read(chunk, 0, chunk.length);
      if (bytesRead === 0) {
        if (last) break;
        await Promise.race([end, pause(100)]);
        continue;
      }
      const lines = (rest + decoder.write(chunk.subarray(0, bytesRead))).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } finally {
    await file.close();
  }
}

function stopped(): Fault {
  return new Fault('interrupted', 'stopped', { next: 'Run the same command again: it goes on where it stopped.' });
}

function pidFile(folder: string): string {
  return join(folder, 'terraform.pid');
}

function processOptions(terraform: Terraform) {
  return {
    cwd: terraform.folder,
    stdin: 'ignore' as const,
    extendEnv: false,
    env: {
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
      // Seconds between two saves of the state during an apply: what a killed run did not save must be found by its tags.
      TF_STATE_PERSIST_INTERVAL: '2',
      ...terraform.env,
    },
  };
}
