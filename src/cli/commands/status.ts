import { setTimeout as pause } from 'node:timers/promises';
import { targetOption, type Command } from '../command.ts';
import type { Context } from '../context.ts';

export const status: Command = {
  name: 'status',
  summary: 'every part, job, table and topic as it is now',
  options: [
    { flags: '-w, --watch', summary: 'show it again every second (in an account: every 10), until Ctrl-C' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm status', does: 'once, for people' },
    { line: 'cryptodm status --json', does: 'once, for programs' },
    { line: 'cryptodm status --watch', does: 'live' },
  ],
  run: async (context, flags) => {
    const watch = flags['watch'] === true;
    const { target } = await context.settings();
    // Requests to AWS are limited.
    const everyMs = target === 'aws' ? 10_000 : 1000;
    do {
      await show(context, watch);
      if (watch) await pause(everyMs, undefined, { signal: context.io.signal }).catch(() => undefined);
    } while (watch && !context.io.signal.aborted);
    return 0;
  },
};

async function show(context: Context, watch: boolean): Promise<void> {
  const settings = await context.settings();
  const text = settings.target === 'aws' ? await awsText(context) : await localText(context);
  if (text === undefined) return;
  // Home and clear, so that the picture stands still.
  const clear = watch && context.io.stdout.isTTY ? '\u001b[H\u001b[2J' : '';
  context.print(`${clear}${text}`);
}

/** Undefined when it went out as data. */
async function localText(context: Context): Promise<string | undefined> {
  const { askStatus } = await import('../../local/status/status-question.ts');
  const { status: found } = await askStatus(await context.settings());
  if (context.global.json) {
    context.data(found);
    return undefined;
  }
  const { renderStatus } = await import('../../local/text/status.ts');
  return renderStatus(found, new Date());
}

async function awsText(context: Context): Promise<string | undefined> {
  const { nameAwsLake } = await import('../../aws/lake.ts');
  const { collectAwsStatus } = await import('../../aws/status.ts');
  const found = await collectAwsStatus(nameAwsLake(await context.settings()));
  if (context.global.json) {
    context.data(found);
    return undefined;
  }
  const { renderAwsStatus } = await import('../../aws/text/status.ts');
  return renderAwsStatus(found, new Date());
}
