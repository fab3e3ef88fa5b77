import { readSqlInput, writeChunk } from '../sql-input.ts';
import { targetOption, type Command } from '../command.ts';

export const query: Command = {
  name: 'query',
  summary: 'ask the tables in SQL',
  arguments: [{ name: 'sql', summary: 'one SELECT' }],
  options: [
    { flags: '-f, --file <file>', values: 'file', summary: 'read the SQL from a file, - for stdin' },
    {
      flags: '--format <format>',
      summary: 'format of the result (default: table); json is one array, jsonl and --json one object a line',
      choices: ['table', 'json', 'jsonl', 'csv'],
      excludes: ['json'],
    },
    { flags: '--as-of <time>', summary: 'the tables as they were then: an ISO time, or 10m ago' },
    { flags: '--timeout <time>', summary: 'stop the query after this time (default: 60s)' },
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
    const { sql, format, asOf, seconds } = await readSqlInput(context, flags, args);
    const query = await context.verb('query', 'query');
    const { createFormatter, defaultTableRows, describeOutcome } = await import('../../tools/sql/format.ts');
    const { stdout, stderr } = context.io;
    const width = stdout.isTTY ? stdout.columns : undefined;
    const formatter = createFormatter(format, (chunk) => writeChunk(stdout, chunk), width);
    const started = performance.now();
    const rows = format === 'table' ? defaultTableRows : undefined;
    const { cost, ...outcome } = await query({ sql, asOf, seconds, rows }, formatter);
    await formatter.end();
    const { global } = context;
    if (!global.quiet && !global.json) {
      const line = describeOutcome(outcome, (performance.now() - started) / 1000);
      stderr.write(`${global.verbose && cost !== undefined ? `${line}; ${cost}` : line}\n`);
    }
    return 0;
  },
};
