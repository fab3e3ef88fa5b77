import type { Command } from '../command.ts';

export const setup: Command = {
  name: 'setup',
  summary: 'fetch the servers and build the jars now, so that the first "up" is quick',
  examples: [{ line: 'cryptodm setup', does: 'everything that is missing; "up" does it as well' }],
  run: async (context) => {
    const { prepare } = await import('../../actions/prepare.ts');
    const { io, reporter, entry } = context;
    const ready = await prepare(
      { settings: await context.settings(), signal: io.signal, onEvent: reporter.show, entry },
      { extensions: true },
    );
    reporter.end();
    if (context.global.json) context.data({ event: 'setup', ...ready });
    return 0;
  },
};
