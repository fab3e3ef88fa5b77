import { nameAwsLake } from '../../aws/lake.ts';
import { queryAthena } from '../../aws/athena/query.ts';
import { createFormatter, defaultTableRows, describeOutcome } from '../../tools/sql/format.ts';
import type { Flags } from '../command.ts';
import type { Context } from '../context.ts';
import { readSqlInput, writeChunk } from '../sql-input.ts';

/** Answers one SELECT by Athena on stdout; counts, times and costs go to stderr. */
export async function queryAws(context: Context, flags: Flags, args: string[]): Promise<number> {
  const { io, global } = context;
  const { sql, format, asOf, seconds } = await readSqlInput(context, flags, args);
  const lake = nameAwsLake(await context.settings());
  const width = io.stdout.isTTY ? io.stdout.columns : undefined;
  const formatter = createFormatter(format, (chunk) => writeChunk(io.stdout, chunk), width);
  const limits = { seconds, ...(format === 'table' ? { rows: defaultTableRows } : {}) };
  const outcome = await queryAthena(lake, { sql, asOf, limits, signal: io.signal }, formatter);
  await formatter.end();
  if (!global.quiet && !global.json) {
    const scanned = `${(outcome.scannedBytes / 1e6).toFixed(2)} MB scanned, about ${outcome.cost.toFixed(6)} dollars`;
    const line = describeOutcome(outcome, outcome.seconds);
    io.stderr.write(`${global.verbose ? `${line}; ${scanned}` : line}\n`);
  }
  return 0;
}
