import { targetOption, type Command } from '../command.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'show what "up" would make, change and remove in the account, and what it costs',
  options: [targetOption, { flags: '--no-produce', summary: 'as "up" without producers' }],
  examples: [
    { line: 'cryptodm plan --target aws', does: 'compare the settings with the account; makes nothing' },
    { line: 'cryptodm plan --json', does: 'one object: changes and costs' },
  ],
  run: async (context, flags) => {
    const plan = await context.verb('plan', 'plan');
    return context.answer(await plan({ produce: flags['produce'] !== false }));
  },
};
