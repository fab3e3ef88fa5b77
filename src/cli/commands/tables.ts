import type { Command } from '../command.ts';

const create: Command = {
  name: 'create',
  summary: 'create the tables of the declaration, or add what they have gained',
  examples: [{ line: 'cryptodm tables create', does: 'changes nothing when all stand' }],
  run: async (context) => {
    const { createLakeTables } = await import('../../actions/tables.ts');
    const { io, reporter, entry } = context;
    const made = await createLakeTables({
      settings: await context.settings(),
      signal: io.signal,
      onEvent: reporter.show,
      entry,
    });
    reporter.end();
    for (const table of made) {
      if (context.global.json) context.data(table);
      else
        context.print(
          `${table.name.padEnd(26)} ${table.action}${table.added?.length ? ` (${table.added.join(', ')})` : ''}`,
        );
    }
    return 0;
  },
};

export const tables: Command = {
  name: 'tables',
  summary: 'the Iceberg tables of the lake',
  subcommands: [create],
  examples: [{ line: 'cryptodm tables create', does: 'create or evolve them' }],
};
