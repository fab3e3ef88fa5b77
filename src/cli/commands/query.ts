import { targetOption, type Command } from '../command.ts';

export const query: Command = {
  name: 'query',
  summary: 'ask the tables in SQL',
  arguments: [{ name: 'sql', summary: 'one SELECT' }],
  options: [
    { flags: '-f, --file <file>', summary: 'read the SQL from a file, - for stdin' },
    {
      flags: '--format <format>',
      summary: 'how the result is written (default: table)',
      choices: ['table', 'json', 'csv'],
    },
    { flags: '--as-of <time>', summary: 'the tables as they were then: an ISO time, or 10m ago' },
    { flags: '--timeout <time>', summary: 'give up after so long (default: 60s)' },
    targetOption,
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
  ],
  run: async (context, flags, args) => {
    const { target } = await context.settings();
    if (target === 'aws') return (await import('../aws/query.ts')).queryAws(context, flags, args);
    const { runSql } = await import('../query-command.ts');
    return runSql(context, flags, args);
  },
};
