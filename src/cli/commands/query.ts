import { textOf } from '../flags.ts';
import { sqlOptions } from '../sql/options.ts';
import type { Command } from '../command.ts';

export const query: Command = {
  name: 'query',
  summary: 'ask the tables in SQL',
  arguments: [{ name: 'sql', summary: 'one or several SELECTs, with ; between them; - or nothing: from stdin' }],
  options: [
    { flags: '-f, --file <file>', values: 'file', summary: 'read the SQL from a file, - for stdin' },
    ...sqlOptions,
  ],
  examples: [
    {
      line: 'cryptodm query "select * from crypto_db.crypto_quote order by start_window desc limit 5"',
      does: 'the last candles',
    },
    {
      line: 'cryptodm query "select * from crypto_db.crypto_trader_view" --format csv',
      does: 'trades with their value',
    },
    { line: 'cryptodm query "select count(*) from crypto_db.crypto_trader" --as-of 10m', does: 'time travel' },
    { line: 'cryptodm query --json --numbers < report.sql', does: 'a script; one row as JSON a line' },
  ],
  run: async (context, flags, args) => {
    const { readScript, readSqlOptions } = await import('../sql/input.ts');
    const options = readSqlOptions(context, flags);
    const statements = await readScript(context, textOf(flags, 'file'), args[0]);
    const { showResults } = await import('../sql/results.ts');
    await showResults(context, options, statements);
    return 0;
  },
};
