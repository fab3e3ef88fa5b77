import { existsSync } from 'node:fs';
import { isAlive } from '../../tools/process-identity.ts';
import type { Finding } from '../../toolchain/examination.ts';
import { readJars } from '../../toolchain/jars.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';
import { lakeTask } from '../parts/spark.ts';
import { runTask } from '../parts/task.ts';
import { packageFolder } from '../../toolchain/preparation.ts';
import { prepare } from '../setup/preparation.ts';

/** What a comparison of index and table has found (`docs/contracts.md`). */
export interface Compared {
  event: 'compared';
  rows: number;
  documents: number;
  /** rows without a document */
  missing: number;
  /** documents without a row */
  extra: number;
  /** documents with another revision or price than the row */
  other: number;
  /** id of one of them */
  example?: string;
  /** why nothing is certain yet */
  behind?: string;
}

/** Compares the index with the table of quotes, if both are there and Elasticsearch runs. Builds nothing for that. */
export async function examineIndex(lake: LocalLake, caller: Caller): Promise<Finding[]> {
  const { layout, settings, supervisor } = lake;
  if (!existsSync(layout.spec) || !existsSync(layout.catalog)) return [];
  const { cache } = settings.paths;
  if (!readJars({ packageFolder: packageFolder(caller.entry), cache, use: 'local' }).ready) return [];
  const parts = await supervisor.parts();
  const runs = parts.some(({ daemon, process: its }) => daemon.id === 'elasticsearch' && its && isAlive(its));
  if (!runs) return [];
  try {
    const toolchain = await prepare(lake, caller, { extensions: false });
    const task = lakeTask(lake, toolchain, 'io.cryptodm.jobs.IndexTasks', ['compare', '--attended']);
    caller.onEvent({ event: 'progress', id: 'examine', text: 'comparing the index with the table' });
    const lines = await runTask(task, {
      what: 'comparing the index with the table',
      signal: caller.signal,
      onLine: (line) => {
        const { event, reason } = line as { event: string; reason?: string };
        if (event === 'waiting') caller.onEvent({ event: 'progress', id: 'examine', text: `waits: ${reason ?? ''}` });
      },
    });
    return [describe(lines.at(-1) as Compared)];
  } catch (error) {
    if (caller.signal.aborted) throw error;
    return [{ what: 'index', state: 'fault', found: (error as Error).message, mend: 'See "cryptodm status".' }];
  }
}

/** A comparison as a finding. */
export function describe(compared: Compared): Finding {
  const { rows, documents, missing, extra, other, example, behind } = compared;
  const what = 'index';
  if (behind !== undefined) {
    return {
      ...{ what, state: 'warning', found: `it can’t be compared with the table: ${behind}` },
      mend: 'See "cryptodm status", and run the same command once the jobs have caught up.',
    };
  }
  const parts = [
    ...(missing === 0 ? [] : [`${String(missing)} rows of the table are missing`]),
    ...(other === 0 ? [] : [`${String(other)} documents are not what the table holds`]),
    ...(extra === 0 ? [] : [`${String(extra)} documents have no row`]),
  ];
  if (parts.length === 0) return { what, state: 'ok', found: `${String(documents)} documents, as the table` };
  const which = example === undefined ? '' : ` (${example})`;
  return {
    ...{
      what,
      state: 'fault',
      found: `${parts.join(', ')}${which}; ${String(documents)} documents, ${String(rows)} rows`,
    },
    mend: 'Run "cryptodm index rebuild": it rebuilds the index from the tables, and searches go on meanwhile.',
  };
}
