import type { QueryAnswer, SqlSession } from '../../lake-target.ts';
import { createFormatter, defaultTableRows, describeOutcome } from '../../tools/sql/format.ts';
import type { Context } from '../context.ts';
import { pagerFor, type Pager } from './pager.ts';
import type { SqlOptions } from './input.ts';

export interface ResultView {
  options: SqlOptions;
  /** for results that are longer than the screen; undefined: none */
  pager: Pager | undefined;
}

/** How results are shown on this terminal, or into this pipe. */
export async function viewResults(context: Context, options: SqlOptions): Promise<ResultView> {
  const paged = options.format === 'table' && (await context.settings()).terminal.pager;
  return { options, pager: paged ? pagerFor(context.io) : undefined };
}

/** Runs one statement and writes its result to stdout. @throws Fault as the query */
export async function showResult(
  { io }: Context,
  session: SqlSession,
  { options, pager }: ResultView,
  statement: { sql: string; signal?: AbortSignal },
): Promise<QueryAnswer> {
  const { format, numbers, limit, asOf, seconds } = options;
  const { stdout } = io;
  const screen = stdout.isTTY ? { width: stdout.columns, pager } : undefined;
  const formatter = createFormatter(format, (chunk) => writeChunk(stdout, chunk), { screen, numbers });
  const rows = limit ?? (format === 'table' ? defaultTableRows : undefined);
  const answer = await session.query({ ...statement, asOf, seconds, rows }, formatter);
  await formatter.end();
  // What was asked for is not cut.
  return { ...answer, cut: answer.cut && limit === undefined };
}

/** Runs statements one after the other, up to the first that fails, and writes their results to stdout. */
export async function showResults(context: Context, options: SqlOptions, statements: string[]): Promise<void> {
  const open = await context.verb('openSql', 'query');
  const view = await viewResults(context, options);
  const { global, io } = context;
  let started = performance.now();
  const session = await open();
  try {
    for (const sql of statements) await session.check?.(sql);
    for (const [at, sql] of statements.entries()) {
      // JSON needs nothing between two results.
      if (at > 0 && ['table', 'csv'].includes(options.format)) io.stdout.write('\n');
      const { cost, ...outcome } = await showResult(context, session, view, { sql });
      if (!global.quiet && !global.json) {
        const line = describeOutcome(outcome, (performance.now() - started) / 1000);
        io.stderr.write(`${global.verbose && cost !== undefined ? `${line}; ${cost}` : line}\n`);
      }
      started = performance.now();
    }
  } finally {
    await session.close();
  }
}

/** Waits for a slow reader, so that a large result does not fill the memory. */
function writeChunk(stream: NodeJS.WriteStream, chunk: string): Promise<void> | undefined {
  if (stream.write(chunk)) return undefined;
  return new Promise((settle) => stream.once('drain', settle));
}
