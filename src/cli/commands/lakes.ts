import { targetOption, type Command } from '../command.ts';

export const lakes: Command = {
  name: 'lakes',
  summary: 'what runs where: every lake of this user on this machine',
  options: [targetOption],
  examples: [{ line: 'cryptodm lakes', does: 'the folder of each lake, its running parts and their ports' }],
  run: async (context) => context.answer(await (await context.verb('lakes', 'lakes'))()),
};
