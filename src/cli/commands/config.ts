import { targetOption, type Command } from '../command.ts';

const show: Command = {
  name: 'show',
  summary: 'every setting with its value and where it comes from; never the value of a secret',
  arguments: [{ name: 'setting', summary: 'only these: a setting such as ports.kafka, or a group such as ports' }],
  options: [targetOption],
  examples: [
    { line: 'cryptodm config show', does: 'all settings' },
    { line: 'cryptodm config show ports', does: 'those of one group' },
    { line: 'cryptodm config show --json', does: 'one object for each setting, for programs' },
  ],
  run: async (context, _flags, [wanted]) => {
    const { explainSettings, strayVariables } = await import('../../settings/origins.ts');
    const { renderOrigins } = await import('../config-text.ts');
    const { env } = context.io;
    const explained = explainSettings(await context.settings(), context.settingSources(), wanted);
    const text = renderOrigins(explained, strayVariables(env), context.columns);
    return context.answer({ data: explained, text });
  },
};

export const config: Command = {
  name: 'config',
  summary: 'the settings of the lake',
  subcommands: [show],
  examples: [{ line: 'cryptodm config show', does: 'every setting with its value and where it comes from' }],
};
