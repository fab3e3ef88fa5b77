import type { Command } from '../command.ts';

export const setup: Command = {
  name: 'setup',
  summary: 'download the servers and build the jars now, so that the first "up" is quick',
  examples: [{ line: 'cryptodm setup', does: 'everything that is missing; "up" does the same' }],
  run: async (context) => {
    const setUp = await context.verb('setup', 'setup');
    return context.answer(await setUp());
  },
};
