import { lakeViews } from '../lake/views.ts';
import { createFormatter, defaultTableRows, describeOutcome } from '../tools/sql/format.ts';
import { runQuery } from '../local/query/query.ts';
import { layOut } from '../local/layout.ts';
import type { Flags } from './command.ts';
import type { Context } from './context.ts';
import { readSqlInput, writeChunk } from './sql-input.ts';

/** Answers one SELECT on the lake's tables on stdout; counts and times go to stderr. */
export async function runSql(context: Context, flags: Flags, args: string[]): Promise<number> {
  const { io, global } = context;
  const { sql, format, asOf, seconds } = await readSqlInput(context, flags, args);
  const settings = await context.settings();
  const layout = layOut(settings.paths.data);
  const width = io.stdout.isTTY ? io.stdout.columns : undefined;
  const formatter = createFormatter(format, (chunk) => writeChunk(io.stdout, chunk), width);
  const started = performance.now();
  const outcome = await runQuery(
    {
      catalogFile: layout.catalog,
      warehouse: layout.warehouse,
      views: lakeViews,
      extensions: await extensionsOf(context),
      sql,
      asOf,
      limits: { seconds, rows: format === 'table' ? defaultTableRows : undefined },
      signal: io.signal,
    },
    formatter,
  );
  await formatter.end();
  if (!global.quiet && !global.json)
    io.stderr.write(`${describeOutcome(outcome, (performance.now() - started) / 1000)}\n`);
  return 0;
}

/** The folder of DuckDB's extensions; fetched when it is not there, which only the first query sees. */
async function extensionsOf(context: Context): Promise<string> {
  const { readyExtensions } = await import('../local/setup/extensions-folder.ts');
  const settings = await context.settings();
  const standing = readyExtensions(settings.paths.cache);
  if (standing !== undefined) return standing;
  const { prepareExtensions } = await import('../local/setup/preparation.ts');
  return prepareExtensions({
    settings,
    signal: context.io.signal,
    onEvent: context.reporter.show,
    entry: context.entry,
  });
}
