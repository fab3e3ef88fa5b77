import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';

export const status: Command = {
  name: 'status',
  summary: 'every part, job, table and topic as it is now',
  options: [{ flags: '-w, --watch', summary: 'show it again every second, until Ctrl-C' }],
  examples: [
    { line: 'cryptodm status', does: 'once, for people' },
    { line: 'cryptodm status --json', does: 'once, for programs' },
    { line: 'cryptodm status --watch', does: 'live' },
  ],
  run: async (context, flags) => {
    const watch = flags['watch'] === true;
    do {
      await show(context, watch);
      if (watch) await pause(1000, undefined, { signal: context.io.signal }).catch(() => undefined);
    } while (watch && !context.io.signal.aborted);
    return 0;
  },
};

async function show(context: Context, watch: boolean): Promise<void> {
  const { collectStatus } = await import('../../actions/status.ts');
  const found = await collectStatus(await context.settings());
  if (context.global.json) {
    context.data(found);
    return;
  }
  const { renderStatus } = await import('../status-text.ts');
  // Home and clear, so that the picture stands still.
  const clear = watch && context.io.stdout.isTTY ? '\u001b[H\u001b[2J' : '';
  context.print(`${clear}${renderStatus(found, new Date())}`);
}
