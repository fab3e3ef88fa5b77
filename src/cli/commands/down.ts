import { targetOption, type Command } from '../command.ts';

export const down: Command = {
  name: 'down',
  summary: 'take everything away, and prove it',
  options: [{ flags: '--keep-data', summary: 'leave tables and index; the next "up" goes on with them' }, targetOption],
  examples: [
    { line: 'cryptodm down', does: 'asks, then removes processes, topics, tables and files' },
    { line: 'cryptodm down --yes', does: 'without asking' },
    { line: 'cryptodm down --keep-data', does: 'stops everything, keeps the data' },
  ],
  run: async (context, flags) => {
    const settings = await context.settings();
    if (settings.target === 'aws') return (await import('../aws/down.ts')).downAws(context, flags);
    const { takeDown } = await import('../../local/take-down.ts');
    const keepData = flags['keepData'] === true;
    const { existsSync } = await import('node:fs');
    if (existsSync(settings.paths.data)) {
      const what = keepData ? 'Stop the lake and keep its data?' : 'Remove the lake with all its data?';
      await context.confirm(`${what} (${settings.paths.data})`);
    }
    const { io, reporter, entry } = context;
    const proof = await takeDown({ settings, signal: io.signal, onEvent: reporter.show, entry }, { keepData });
    reporter.end();
    if (context.global.json) context.data({ event: 'down', ...proof, keptData: keepData });
    else if (proof.removed === 0) context.print(`Nothing to take down in ${settings.paths.data}.`);
    else {
      const files = keepData ? `data kept in ${settings.paths.data}` : 'no file';
      context.print(`Looked: no process of the lake, no port held, ${files}.`);
    }
    return 0;
  },
};
