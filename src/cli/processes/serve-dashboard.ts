import type { Command } from '../command.ts';

/** The dashboard's server; the supervisor starts it as a part. */
export const serveDashboard: Command = {
  name: 'serve-dashboard',
  summary: 'serve the dashboard of a lake (started by "up")',
  hidden: true,
  examples: [],
  run: async (context) => {
    const { serveDashboard: serve } = await import('../../local/dashboard/server.ts');
    const { io, reporter, entry } = context;
    const settings = await context.settings();
    await serve({ settings, signal: io.signal, onEvent: reporter.show, entry, env: io.env });
    return 0;
  },
};
