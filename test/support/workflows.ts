import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { cacheFolder, isComplete, publishFolder } from '../../src/toolchain/cache.ts';
import { thisMachine } from '../../src/toolchain/machine.ts';

export interface WorkflowStep {
  id?: string;
  name?: string;
  uses?: string;
  run?: string;
  if?: string;
  shell?: string;
  with?: Record<string, string | number | boolean>;
  env?: Record<string, string>;
}

export interface WorkflowJob {
  if?: string;
  needs?: string | string[];
  environment?: string;
  permissions?: Record<string, string>;
  concurrency?: Record<string, unknown>;
  'timeout-minutes'?: number;
  steps: WorkflowStep[];
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax */
export interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  concurrency?: Record<string, unknown>;
  jobs: Record<string, WorkflowJob>;
}

export function readWorkflow(text: string): Workflow {
  return parse(text) as Workflow;
}

/** A job of a workflow. @throws Error when there is none of the name */
export function jobOf(workflow: Workflow, name: string): WorkflowJob {
  const job = workflow.jobs[name];
  if (job === undefined) throw new Error(`there is no job ${name}`);
  return job;
}

export function stepsOf(workflow: Workflow): WorkflowStep[] {
  return Object.values(workflow.jobs).flatMap(({ steps }) => steps);
}

const linter = { module: 'github.com/rhysd/actionlint/cmd/actionlint', version: 'v1.7.12' };
/** The linter knows GitHub as it was before May 2026, when queues got this key. */
const newer = 'unexpected key "queue" for "concurrency" section';

/** Why workflows can't be linted here, undefined when they can. */
export async function linterUnavailable(): Promise<string | undefined> {
  if (isComplete(linterFolder())) return undefined;
  const { failed } = await execa('go', ['version'], { reject: false, stdin: 'ignore' });
  return failed ? 'the linter of workflows is built by Go, which is not installed' : undefined;
}

/** What actionlint says of a workflow; empty when it is right. The first time on a machine it is built. */
export async function lintWorkflow(text: string): Promise<string> {
  const folder = linterFolder();
  if (!isComplete(folder)) {
    await publishFolder(folder, async (temporary) => {
      await execa('go', ['install', `${linter.module}@${linter.version}`], {
        env: { GOBIN: temporary, GOFLAGS: '' },
        stdin: 'ignore',
      });
    });
  }
  const root = mkdtempSync(join(tmpdir(), 'cryptodm-workflow-'));
  try {
    const file = join(root, '.github', 'workflows', 'linted.yml');
    mkdirSync(join(root, '.github', 'workflows'), { recursive: true });
    writeFileSync(file, text);
    // Without other linters, which are on some machines only.
    const args = ['-no-color', '-shellcheck=', '-pyflakes=', '-ignore', newer, file];
    const { stdout, stderr, exitCode } = await execa(join(folder, 'actionlint'), args, {
      reject: false,
      stdin: 'ignore',
    });
    return exitCode === 0 ? stdout : `${stdout}\n${stderr}\nexit code ${String(exitCode)}`;
  } finally {
    rmSync(root, { recursive: true });
  }
}

function linterFolder(): string {
  return join(cacheFolder(thisMachine(process.env)), 'test', `actionlint-${linter.version}`);
}
