import type { CreatedTable } from '../../local/tables/creation.ts';
import { targetOption, type Command } from '../command.ts';
import type { Context } from '../context.ts';

async function createTables(context: Context): Promise<CreatedTable[]> {
  const { io, reporter, entry } = context;
  const settings = await context.settings();
  if (settings.target === 'aws') {
    const { tellWaiting } = await import('../aws/only.ts');
    const { nameAwsLake } = await import('../../aws/lake.ts');
    const { createAwsTables } = await import('../../aws/tables.ts');
    tellWaiting(context, 'waiting for create-tables');
    return createAwsTables(nameAwsLake(settings), io.signal);
  }
  const { createLakeTables } = await import('../../local/tables/creation.ts');
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

const repair: Command = {
  name: 'repair',
  summary: 'mend tables in which files or rows stand twice, each in one commit; the streams may run',
  options: [
    { flags: '--table <table>', summary: 'only this one; may stand several times', many: true },
    { flags: '--dry-run', summary: 'say what would be mended, and change nothing' },
    { flags: '--forget-missing', summary: 'give up the rows of data files that are gone for good' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm tables repair --dry-run', does: 'what is damaged' },
    { line: 'cryptodm tables repair --table crypto_db.crypto_quote', does: 'one table' },
  ],
  run: async (context, flags) => {
    const { io, reporter, entry } = context;
    const settings = await context.settings();
    if (settings.target === 'aws') {
      const { Fault } = await import('../../errors.ts');
      throw new Fault('usage', '"tables repair" is for a lake on this machine', {
        next: 'In an account, take the table back to a sound snapshot with Athena or Spark.',
      });
    }
    const { describeDamage, repairTables } = await import('../../local/tables/damage.ts');
    const dryRun = flags['dryRun'] === true;
    const found = await repairTables(
      { settings, signal: io.signal, onEvent: reporter.show, entry },
      {
        tables: Array.isArray(flags['table']) ? flags['table'] : [],
        dryRun,
        forgetMissing: flags['forgetMissing'] === true,
      },
    );
    reporter.end();
    const left = (kind: string) =>
      dryRun || kind === 'missing-metadata' || (kind === 'missing-file' && flags['forgetMissing'] !== true);
    for (const table of found) {
      if (context.global.json) context.data({ ...table, mended: !table.findings.some(({ kind }) => left(kind)) });
      else if (table.findings.length === 0) context.print(`${table.name.padEnd(26)} sound`);
      for (const finding of context.global.json ? [] : table.findings) {
        const { found: what, mend } = describeDamage(table.name, finding);
        context.print(`${table.name.padEnd(26)} ${what}: ${left(finding.kind) ? mend : 'mended'}`);
      }
    }
    const unmended = !dryRun && found.some(({ findings }) => findings.some(({ kind }) => left(kind)));
    return unmended ? (await import('../../errors.ts')).exitCodes.part : 0;
  },
};

export const tables: Command = {
  name: 'tables',
  summary: 'the Iceberg tables of the lake',
  subcommands: [create, repair],
  examples: [
    { line: 'cryptodm tables create', does: 'create or evolve them' },
    { line: 'cryptodm tables repair', does: 'mend what "doctor" has found' },
  ],
};
