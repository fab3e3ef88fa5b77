import { Fault } from '../errors.ts';
import { declareLake } from '../lake/declaration.ts';
import { layOut } from '../targets/layout.ts';
import { runTask } from '../tools/task.ts';
import { localTask } from './local-parts.ts';
import { prepare } from './prepare.ts';
import { requireSpec } from './standing-lake.ts';
import type { Work } from './work.ts';

export interface TableFigures {
  files: number;
  bytes: number;
  snapshots: number;
  manifests: number;
}

export interface Optimized {
  table: string;
  before: TableFigures;
  after: TableFigures;
  orphans: number;
  seconds: number;
}

export interface OptimizeOptions {
  /** all when empty */
  tables: string[];
  retainSeconds: number | undefined;
  orphansOlderThanSeconds: number | undefined;
}

/** Compacts the tables, expires snapshots and removes orphan files with Iceberg's procedures, while the streams go on. */
export async function optimizeTables(work: Work, options: OptimizeOptions): Promise<Optimized[]> {
  const layout = layOut(work.settings.paths.data);
  requireSpec(layout);
  const known = declareLake(work.settings.coins).tables.map((table) => table.name);
  const unknown = options.tables.find((table) => !known.includes(table));
  if (unknown !== undefined)
    throw new Fault('usage', `no table ${unknown}`, { next: `There are: ${known.join(', ')}.` });
  const kit = await prepare(work, { extensions: false });
  const args = [
    ...options.tables.flatMap((table) => ['--table', table]),
    ...(options.retainSeconds === undefined ? [] : ['--retain', String(Math.round(options.retainSeconds))]),
    ...(options.orphansOlderThanSeconds === undefined
      ? []
      : ['--orphans-older-than', String(Math.round(options.orphansOlderThanSeconds))]),
  ];
  const done: Optimized[] = [];
  const task = localTask(kit, work.settings, layout, 'io.cryptodm.optimize.IcebergOptimize', args);
  work.onEvent({ event: 'progress', id: 'optimize', text: 'optimising the tables' });
  await runTask(task, {
    what: 'optimising the tables',
    signal: work.signal,
    onLine: (line) => {
      const { event, ...figures } = line as Optimized & { event?: string };
      if (event !== 'optimized') return;
      done.push(figures);
      work.onEvent({
        event: 'progress',
        id: 'optimize',
        text: `optimised ${figures.table}, ${String(done.length)} of ${String(options.tables.length || known.length)}`,
      });
    },
  });
  return done;
}
