import { Fault } from '../../errors.ts';
import type { Command } from '../command.ts';
import { targetOption } from '../command.ts';
import { textOf } from '../flags.ts';
import { asOfOption, numbersOption } from '../sql/options.ts';

export const exportRows: Command = {
  name: 'export',
  summary: 'write a table, or the result of a SELECT, to a file: Parquet, CSV or JSON',
  arguments: [
    {
      name: 'source',
      values: 'table',
      summary: 'a table or view, one SELECT, or - for one from stdin',
      required: true,
    },
  ],
  options: [
    { flags: '--to <file>', values: 'file', summary: 'FILE.parquet, FILE.csv, FILE.json or FILE.jsonl' },
    {
      flags: '--partition-by <unit>',
      summary: 'make a folder with a folder for each day (UTC) of the first column with a date',
      choices: ['day'],
    },
    numbersOption,
    { flags: '--force', summary: 'replace what is there' },
    asOfOption,
    { flags: '--timeout <time>', summary: 'stop after this time (default: never)' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm export crypto_gold.candle --to candles.parquet', does: 'a table, with its exact types' },
    {
      line: `cryptodm export "select * from crypto_quote where asset_id = 'BTC'" --to btc.csv`,
      does: 'the rows of a SELECT',
    },
    {
      line: 'cryptodm export crypto_quote --to quotes.parquet --partition-by day',
      does: 'quotes.parquet/day=2026-11-30/...',
    },
  ],
  run: async (context, flags, args) => {
    const { readScript, readTimeout } = await import('../sql/input.ts');
    const given = await readScript(context, undefined, args[0]);
    if (given.length > 1) {
      throw new Fault('usage', `these are ${String(given.length)} statements`, { next: 'Export them one by one.' });
    }
    const source = given[0] ?? '';
    const { openExport } = await import('../export/export-file.ts');
    const { describeSize, writeRows } = await import('../export/rows.ts');
    const byDay = flags['partitionBy'] === 'day';
    const file = openExport(context.io.cwd, textOf(flags, 'to'), { byDay, force: flags['force'] === true });
    try {
      const numbers = flags['numbers'] === true;
      if (numbers && !file.format.startsWith('json')) {
        throw new Fault('usage', `--numbers is for JSON, and ${file.path} is none`, {
          where: '--numbers',
          next: 'Leave it out: Parquet has exact decimals, and CSV has no types.',
        });
      }
      const statement = {
        // A name by itself is a table.
        sql: /^\s*[\w"]+(\s*\.\s*[\w"]+)*\s*$/.test(source) ? `select * from ${source}` : source,
        asOf: textOf(flags, 'asOf'),
        seconds: readTimeout(flags),
      };
      const started = performance.now();
      const rows = await writeRows(context, file, statement, { numbers });
      const bytes = file.finish();
      const { describeOutcome } = await import('../../tools/sql/format.ts');
      const seconds = Math.round(performance.now() - started) / 1000;
      return context.answer({
        data: [{ event: 'export', file: file.path, rows, bytes, seconds }],
        text: `${describeOutcome({ rows, cut: false }, seconds)}, ${describeSize(bytes)}: ${file.path}`,
        minor: true,
      });
    } finally {
      file.discard();
    }
  },
};
