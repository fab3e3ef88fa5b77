import { nameAwsLake } from '../../aws/lake.ts';
import { optimizeByFunction, optimizeBySpark } from '../../aws/maintenance.ts';
import type { OptimizeOptions } from '../../local/maintenance.ts';
import { exitCodes } from '../../errors.ts';
import type { Flags } from '../command.ts';
import type { Context } from '../context.ts';
import { table } from '../../local/text/status.ts';

/** The upkeep of the tables in an account, by Athena (the function) or as a step of the cluster. */
export async function optimizeAws(context: Context, flags: Flags, options: OptimizeOptions): Promise<number> {
  const { io, reporter, entry, global } = context;
  const settings = await context.settings();
  const lake = nameAwsLake(settings);
  const work = { settings, signal: io.signal, onEvent: reporter.show, entry };
  const optimize = flags['via'] === 'spark' ? optimizeBySpark : optimizeByFunction;
  const done = await optimize(lake, work, options);
  reporter.end();
  const failed = done.via === 'athena' ? done.tables.filter(({ phase }) => phase === 'failed') : [];
  if (global.json) context.data({ event: 'optimized', ...done });
  else if (done.via === 'spark') {
    context.print(
      `Step ${done.step} has optimised the tables in ${done.seconds.toFixed(0)} s; "cryptodm logs optimize" has the figures.`,
    );
  } else {
    const rows = done.tables.map(({ table: name, phase, statements, conflicts, scannedBytes, reason }) => [
      name,
      phase,
      String(statements),
      String(conflicts),
      (scannedBytes / 1e6).toFixed(2),
      reason ?? '',
    ]);
    context.print(table(['table', 'state', 'statements', 'conflicts', 'MB scanned', ''], rows).join('\n'));
  }
  return failed.length === 0 ? 0 : exitCodes.part;
}
