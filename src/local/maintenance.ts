import { Fault, toFault } from '../errors.ts';
import { renderOptions, type Optimized, type OptimizeOptions } from '../lake/maintenance.ts';
import type { Layout } from './layout.ts';
import { runTask } from './parts/task.ts';
import { replaceFile } from '../tools/whole-file.ts';
import { lakeTask } from './parts/spark.ts';
import { prepare } from './setup/preparation.ts';
import { requireSpec, requireTables } from './requirements.ts';
import { count } from '../tools/phrases.ts';
import type { MaintenanceRecord } from './maintenance-record.ts';
import type { Caller } from '../work.ts';
import type { LocalLake } from './lake.ts';

/** What a maintenance run reports. */
type MaintenanceLine =
  | Optimized
  | { event: 'phase'; table: string; phase: string }
  | { event: 'left'; table: string; phase: string }
  | { event: 'foreign'; table: string; commits: number; files: number }
  | { event: 'swept'; files: number; bytes: number }
  | { event: 'busy'; holder: { pid?: number; since?: string } };

/**
 * Compacts the tables, expires snapshots and removes orphan files by Iceberg's plans and commits, while the streams go on.
 * @throws Fault of kind `locked` while another run is at work
 */
export async function optimizeTables(lake: LocalLake, caller: Caller, options: OptimizeOptions): Promise<Optimized[]> {
  const { layout } = lake;
  requireSpec(layout);
  const declaration = await lake.declaration();
  requireTables(options.tables, declaration);
  const toolchain = await prepare(lake, caller, { extensions: false });
  const args = [...renderOptions(options), '--attended', '--lock', layout.maintenanceLock];
  const startedAt = new Date().toISOString();
  const tables: Optimized[] = [];
  let busy: Fault | undefined;
  const task = lakeTask(lake, toolchain, 'io.cryptodm.optimize.IcebergOptimize', args);
  const show = (text: string) => {
    caller.onEvent({ event: 'progress', id: 'optimize', text });
  };
  show(options.dryRun ? 'looking at the tables' : 'optimising the tables');
  const whole = options.tables.length === 0;
  const counted = `of ${String(whole ? declaration.tables.length : options.tables.length)}`;
  try {
    await runTask(task, {
      what: 'optimising the tables',
      signal: caller.signal,
      onLine: (raw) => {
        const line = raw as MaintenanceLine;
        if (line.event === 'phase') show(`${line.table} (${String(tables.length + 1)} ${counted}): ${line.phase}`);
        else if (line.event === 'left') {
          const text = `${line.table}: ${line.phase} met a writer each time and is left for the next run.`;
          caller.onEvent({ event: 'message', text });
        } else if (line.event === 'foreign') {
          const what = `${line.table}: ${count(line.files, 'file')} written or changed by another engine`;
          caller.onEvent({ event: 'message', text: `${what}, left alone: see "cryptodm status".` });
        } else if (line.event === 'busy') busy = isBusy(line.holder, layout);
        else if (line.event === 'swept') {
          const what = `${String(line.files)} files (${(line.bytes / 1e6).toFixed(2)} MB)`;
          const done = options.dryRun ? 'would be' : 'were';
          caller.onEvent({
            event: 'message',
            text: `${what} of a maintenance run that was killed ${done} removed.`,
          });
        } else tables.push(line);
      },
    });
  } catch (error) {
    if (busy !== undefined) throw busy;
    if (!options.dryRun) note(layout, { startedAt, outcome: 'failed', whole, tables, detail: toFault(error).message });
    throw error;
  }
  if (!options.dryRun) note(layout, { startedAt, outcome: 'done', whole, tables });
  return tables;
}

function isBusy({ pid, since }: { pid?: number; since?: string }, layout: Layout): Fault {
  const who = pid === undefined ? 'its process has only begun' : `pid ${String(pid)}, since ${since ?? '?'}`;
  return new Fault('locked', `another maintenance run works on the tables (${who})`, {
    where: layout.maintenanceLock,
    next: 'Wait for it to end, or stop it with Ctrl-C there.',
    facts: { pid, since },
  });
}

function note(layout: Layout, record: Omit<MaintenanceRecord, 'endedAt'>): void {
  const whole: MaintenanceRecord = { ...record, endedAt: new Date().toISOString() };
  replaceFile(layout.maintenance, `${JSON.stringify(whole, null, 1)}\n`);
}
