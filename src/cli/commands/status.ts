import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes } from '../../errors.ts';
import { targetOption, type Command } from '../command.ts';

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
    { line: 'cryptodm status >/dev/null || cryptodm up', does: 'it ends with 5 unless the lake is up' },
  ],
  run: async (context, flags) => {
    const watch = flags['watch'] === true;
    const show = await context.verb('status', 'status');
    const { statusEveryMs } = await context.target();
    let exitCode: number;
    do {
      const answer = await show();
      // Cursor to the top left and clear, so that the output does not scroll.
      const clear = watch && context.io.stdout.isTTY ? '\u001b[H\u001b[2J' : '';
      exitCode = context.answer({ ...answer, text: `${clear}${answer.text}` });
      if (watch) await pause(statusEveryMs, undefined, { signal: context.io.signal }).catch(() => undefined);
    } while (watch && !context.io.signal.aborted);
    return context.io.signal.aborted ? exitCodes.interrupted : exitCode;
  },
};
