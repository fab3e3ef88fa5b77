import type { Command } from '../command.ts';

/** The dashboard's server; the supervisor starts it as a part. */
export const serveDashboard: Command = {
  name: 'serve-dashboard',
  summary: 'serve the dashboard of a lake (started by "up")',
  hidden: true,
  examples: [],
  run: async (context) => {
    const [{ serveDashboard: serve }, { LocalLake }] = await Promise.all([
      import('../../local/dashboard/server.ts'),
      import('../../local/lake.ts'),
    ]);
    const { io, reporter, entry } = context;
    const lake = new LocalLake(await context.settings());
    await serve(lake, { signal: io.signal, onEvent: reporter.show, entry, env: io.env });
    return 0;
  },
};
