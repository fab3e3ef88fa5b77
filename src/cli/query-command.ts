import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Fault } from '../errors.ts';
import { declareLake } from '../lake/declaration.ts';
import { createFormatter, defaultTableRows, describeOutcome, type QueryFormat } from '../query/format.ts';
import { runQuery } from '../query/query.ts';
import { parseSeconds } from '../settings/schema.ts';
import { layOut } from '../targets/layout.ts';
import type { Flags } from './command.ts';
import type { Context } from './context.ts';

/** Answers one SELECT on the lake's tables on stdout; counts and times go to stderr. */
export async function runSql(context: Context, flags: Flags, args: string[]): Promise<number> {
  const { io, global } = context;
  const sql = await readSql(context, flags, args);
  const settings = await context.settings();
  const format = global.json ? 'json' : ((flags['format'] as QueryFormat | undefined) ?? 'table');
  const seconds = parseSeconds(typeof flags['timeout'] === 'string' ? flags['timeout'] : '60s');
  if (seconds === undefined)
    throw new Fault('usage', `--timeout ${String(flags['timeout'])} is no length of time`, {
      next: 'Say for example --timeout 30s.',
    });
  const layout = layOut(settings.paths.data);
  const width = io.stdout.isTTY ? io.stdout.columns : undefined;
  const formatter = createFormatter(format, (chunk) => write(io.stdout, chunk), width);
  const started = performance.now();
  const outcome = await runQuery(
    {
      catalogFile: layout.catalog,
      warehouse: layout.warehouse,
      views: declareLake(settings.coins).views,
      extensions: await extensionsOf(context),
      sql,
      asOf: flags['asOf'] as string | undefined,
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

async function readSql({ io }: Context, flags: Flags, args: string[]): Promise<string> {
  const file = typeof flags['file'] === 'string' ? flags['file'] : undefined;
  if ((file === undefined) === (args[0] === undefined)) {
    throw new Fault('usage', 'say one SELECT, or name a file with it', {
      next: 'cryptodm query "select 1", or cryptodm query --file question.sql',
    });
  }
  if (file === undefined) return args[0] ?? '';
  if (file === '-') return text(io.stdin);
  return readFile(join(io.cwd, file), 'utf8').catch((error: unknown) => {
    throw new Fault('usage', `can't read ${file}`, {
      where: file,
      next: 'Name a file with one SELECT in it.',
      cause: error,
    });
  });
}

/** The folder of DuckDB's extensions; fetched when it is not there, which only the first query sees. */
async function extensionsOf(context: Context): Promise<string> {
  const { readyExtensions } = await import('../setup/extensions-folder.ts');
  const settings = await context.settings();
  const standing = readyExtensions(settings.paths.cache);
  if (standing !== undefined) return standing;
  const { prepareExtensions } = await import('../actions/prepare.ts');
  return prepareExtensions({
    settings,
    signal: context.io.signal,
    onEvent: context.reporter.show,
    entry: context.entry,
  });
}

/** Waits for a slow reader, so that a large result never piles up in memory. */
function write(stream: NodeJS.WriteStream, chunk: string): Promise<void> | undefined {
  if (stream.write(chunk)) return undefined;
  return new Promise((resolve) => stream.once('drain', resolve));
}
