import { nameAwsLake } from '../../actions/aws/lake.ts';
import { optimizeByFunction, optimizeBySpark } from '../../actions/aws/optimize.ts';
import type { OptimizeOptions } from '../../actions/optimize.ts';
import type { Flags } from '../command.ts';
import type { Context } from '../context.ts';

/** The upkeep of the tables in an account, by Athena (the function) or as a step of the cluster. */
export async function optimizeAws(context: Context, flags: Flags, options: OptimizeOptions): Promise<number> {
  const { io, reporter, entry, global } = context;
  const settings = await context.settings();
  const lake = nameAwsLake(settings);
  const work = { settings, signal: io.signal, onEvent: reporter.show, entry };
  const optimize = flags['via'] === 'spark' ? optimizeBySpark : optimizeByFunction;
  const done = await optimize(lake, work, options);
  reporter.end();
  if (global.json) context.data({ event: 'optimized', ...done });
  else {
    const how = done.via === 'spark' ? 'by Spark' : `by Athena, ${String(done.started.length)} at once`;
    const count = options.tables.length === 0 ? lake.lake.tables.length : options.tables.length;
    context.print(`Optimised ${String(count)} tables ${how} in ${done.seconds.toFixed(0)} s.`);
    if (done.note !== undefined && global.verbose) context.print(JSON.stringify(done.note, null, 1));
  }
  return 0;
}
