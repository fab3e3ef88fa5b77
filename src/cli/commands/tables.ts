import type { CreatedTable } from '../../actions/tables.ts';
import { targetOption, type Command } from '../command.ts';
import type { Context } from '../context.ts';

async function createTables(context: Context): Promise<CreatedTable[]> {
  const { io, reporter, entry } = context;
  const settings = await context.settings();
  if (settings.target === 'aws') {
    const { tellWaiting } = await import('../aws/only.ts');
    const { nameAwsLake } = await import('../../actions/aws/lake.ts');
    const { createAwsTables } = await import('../../actions/aws/tables.ts');
    tellWaiting(context, 'waiting for create-tables');
    return createAwsTables(nameAwsLake(settings), io.signal);
  }
  const { createLakeTables } = await import('../../actions/tables.ts');
  return createLakeTables({ settings, signal: io.signal, onEvent: reporter.show, entry });
}

const create: Command = {
  name: 'create',
  summary: 'create the tables of the declaration, or add what they have gained',
  options: [targetOption],
  examples: [{ line: 'cryptodm tables create', does: 'changes nothing when all stand' }],
  run: async (context) => {
    const made = await createTables(context);
    context.reporter.end();
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
