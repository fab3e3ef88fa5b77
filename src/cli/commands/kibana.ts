import type { Command } from '../command.ts';

const importCommand: Command = {
  name: 'import',
  summary: 'import the dashboard "Crypto Cotação de Mercado" into a Kibana, or update it there',
  options: [
    { flags: '--url <url>', summary: 'address of Kibana' },
    { flags: '--space <space>', summary: 'identifier of a space (default: the default space)' },
  ],
  examples: [
    { line: 'cryptodm kibana import --url http://localhost:5601', does: 'into a Kibana without security' },
    {
      line: 'KIBANA_API_KEY=... cryptodm kibana import --url https://kibana.example.com --space market',
      does: 'into a space; KIBANA_USERNAME and KIBANA_PASSWORD work, too',
    },
  ],
  run: async (context, flags) => {
    const { Fault } = await import('../../errors.ts');
    const { url, space } = flags;
    if (typeof url !== 'string') {
      const next = 'Give the address of Kibana, such as --url https://kibana.example.com.';
      throw new Fault('usage', '"kibana import" needs --url', { where: '--url', next });
    }
    const { importDashboard, readKibanaLogin, readKibanaUrl } = await import('../kibana-import.ts');
    const { declareLake } = await import('../../lake/declaration.ts');
    const kibana = {
      ...{ url: readKibanaUrl(url), login: readKibanaLogin(context.io.env) },
      ...(typeof space === 'string' ? { space } : {}),
    };
    const lake = declareLake((await context.settings()).coins);
    const imported = await importDashboard(lake, kibana, context.io.signal);
    if (context.global.json) context.data(imported);
    else {
      const count = String(imported.objects.length);
      context.print(`Imported "${imported.title}" (${count} saved objects): ${imported.url}`);
    }
    return 0;
  },
};

export const kibana: Command = {
  name: 'kibana',
  summary: 'the dashboard for Kibana',
  subcommands: [importCommand],
  examples: [{ line: 'cryptodm kibana import --url http://localhost:5601', does: 'import or replace it' }],
};
