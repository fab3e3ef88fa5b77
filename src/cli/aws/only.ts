import type { AwsLake } from '../../aws/lake.ts';
import { Fault } from '../../errors.ts';
import type { Context } from '../context.ts';

/**
 * The lake in an account that the settings name, for commands that make sense only there.
 * @param here what to do instead for a lake on this machine
 * @throws Fault of kind `usage` for a lake on this machine
 */
export async function onlyAws(context: Context, command: string, here: string): Promise<AwsLake> {
  const settings = await context.settings();
  if (settings.target !== 'aws') {
    throw new Fault('usage', `"${command}" is for a lake in an account; this one is on this machine`, {
      where: 'target',
      next: `${here} For a lake in an account: --target aws, or "cryptodm init --target aws".`,
    });
  }
  const { nameAwsLake } = await import('../../aws/lake.ts');
  return nameAwsLake(settings);
}

/** @throws Fault of kind `usage` in an account */
export async function onlyHere(context: Context, command: string, why: string, next: string): Promise<void> {
  const settings = await context.settings();
  if (settings.target !== 'aws') return;
  throw new Fault('usage', `"${command}" is for a lake on this machine: ${why}`, { where: 'target', next });
}

/** Says what is waited for; programs hear the result only. */
export function tellWaiting(context: Context, text: string): void {
  if (!context.global.json) context.reporter.show({ event: 'progress', id: 'wait', text });
}
