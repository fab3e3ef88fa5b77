import { execa } from 'execa';
import { Fault } from '../errors.ts';
import type { PipelineFile } from '../lake-target.ts';
import type { Settings } from '../settings/schema.ts';
import { targets } from '../targets.ts';
import type { Context } from './context.ts';
import { textOf, type Flags } from './flags.ts';
import { version } from '../version.ts';

/**
 * The files by which GitHub plans, starts and takes down the lake of the settings.
 * @throws Fault of kind `usage` for a flag that is wrong or missing, or a lake that no pipeline can reach
 */
export async function pipelineFiles(
  context: Context,
  flags: Flags,
  settings: Settings,
): Promise<readonly PipelineFile[]> {
  const { place, pipeline } = await targets[settings.target]();
  if (typeof pipeline !== 'function') {
    throw new Fault('usage', `"init --ci" does not work for a lake ${place}: ${pipeline.why}`, {
      where: '--ci',
      next: pipeline.next,
    });
  }
  return pipeline(settings, {
    repository: textOf(flags, 'repository') ?? (await originOf(context.io.cwd)),
    branch: textOf(flags, 'branch') ?? 'main',
    downAt: textOf(flags, 'downAt'),
    version: await version(),
  });
}

/** Owner and name of the repository that git calls the origin. */
async function originOf(cwd: string): Promise<string> {
  const { stdout } = await execa('git', ['config', '--get', 'remote.origin.url'], {
    cwd,
    reject: false,
    stdin: 'ignore',
  });
  const [, repository] = /github\.com[:/]([^/\s]+\/[^/\s]+?)(?:\.git)?\/?$/.exec(stdout ?? '') ?? [];
  if (repository !== undefined) return repository;
  throw new Fault('usage', 'git knows no origin at GitHub here, so the repository is not known', {
    where: '--repository',
    next: 'For example: cryptodm init --ci github --repository acme/lake',
  });
}
