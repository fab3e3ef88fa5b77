import { targetOption, type Command } from '../command.ts';

export const down: Command = {
  name: 'down',
  summary: 'remove everything, and prove it',
  options: [
    { flags: '--keep-data', summary: 'keep tables and index; the next "up" continues with them' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm down', does: 'asks, then removes processes, topics, tables and files' },
    { line: 'cryptodm down --yes', does: 'without asking' },
    { line: 'cryptodm down --keep-data', does: 'stops everything, keeps the data' },
  ],
  run: async (context, flags) => {
    const down = await context.verb('down', 'down');
    return context.answer(await down({ keepData: flags['keepData'] === true }));
  },
};
