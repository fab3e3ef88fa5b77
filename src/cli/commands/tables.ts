import { targetOption, type Command } from '../command.ts';
import { textsOf } from '../flags.ts';

const create: Command = {
  name: 'create',
  summary: 'create the tables of the declaration, or add new columns',
  options: [targetOption],
  examples: [{ line: 'cryptodm tables create', does: 'change nothing when all exist' }],
  run: async (context) => {
    const createTables = await context.verb('createTables', 'tables create');
    const made = await createTables();
    const lines = made.map(
      ({ name, action, added }) => `${name.padEnd(26)} ${action}${added?.length ? ` (${added.join(', ')})` : ''}`,
    );
    return context.answer({ data: made, text: lines.join('\n') });
  },
};

const repair: Command = {
  name: 'repair',
  summary: 'repair tables with duplicate files or rows, and set back those whose present state can’t be read',
  options: [
    { flags: '--table <table>', values: 'table', summary: 'only this table; may be given several times', many: true },
    { flags: '--dry-run', summary: 'show what would be repaired, and change nothing' },
    {
      flags: '--forget-missing',
      summary: 'give up the rows of data files that are lost, and tables of which nothing is left',
    },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm tables repair --dry-run', does: 'what is damaged' },
    { line: 'cryptodm tables repair --table crypto_db.crypto_quote', does: 'one table' },
  ],
  run: async (context, flags) => {
    const repairTables = await context.verb('repairTables', 'tables repair');
    const answer = await repairTables({
      tables: textsOf(flags, 'table'),
      dryRun: flags['dryRun'] === true,
      forgetMissing: flags['forgetMissing'] === true,
    });
    return context.answer(answer);
  },
};

const accept: Command = {
  name: 'accept',
  summary: 'say that what other engines have committed to tables is wanted',
  options: [
    { flags: '--table <table>', values: 'table', summary: 'only this table; may be given several times', many: true },
    targetOption,
  ],
  examples: [{ line: 'cryptodm tables accept --table crypto_db.crypto_quote', does: 'one table' }],
  run: async (context, flags) => {
    const acceptCommits = await context.verb('acceptCommits', 'tables accept');
    return context.answer(await acceptCommits({ tables: textsOf(flags, 'table') }));
  },
};

export const tables: Command = {
  name: 'tables',
  summary: 'the Iceberg tables of the lake',
  subcommands: [create, repair, accept],
  examples: [
    { line: 'cryptodm tables create', does: 'create them, or add new columns' },
    { line: 'cryptodm tables repair', does: 'repair what "doctor" has found' },
  ],
};
