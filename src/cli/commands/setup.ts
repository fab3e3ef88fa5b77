import type { Command } from '../command.ts';

export const setup: Command = {
  name: 'setup',
  summary: 'fetch the servers and build the jars now, so that the first "up" is quick',
  examples: [{ line: 'cryptodm setup', does: 'everything that is missing; "up" does it as well' }],
  run: async (context) => {
    const { prepare } = await import('../../local/setup/preparation.ts');
    const { trainArchives } = await import('../../local/setup/archive-training.ts');
    const { io, reporter, entry } = context;
    const work = { settings: await context.settings(), signal: io.signal, onEvent: reporter.show, entry };
    const kit = await prepare(work, { extensions: true });
    await trainArchives(kit, work);
    reporter.end();
    if (context.global.json)
      context.data({ event: 'setup', jdk: kit.jdk, jars: kit.jars.folder, extensions: kit.extensions });
    return 0;
  },
};
