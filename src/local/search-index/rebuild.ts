import { takeLock } from '../../engine/lock.ts';
import { Fault } from '../../errors.ts';
import { identify, isAlive } from '../../tools/process-identity.ts';
import type { LocalLake } from '../lake.ts';
import { lakeTask } from '../parts/spark.ts';
import { runTask } from '../parts/task.ts';
import { requireSearch } from '../requirements.ts';
import { prepare } from '../setup/preparation.ts';
import { roomOf } from '../status/free-space.ts';
import type { Caller } from '../../work.ts';

/** What the JVM side tells while it works (`docs/contracts.md`). */
type Line =
  | { event: 'begun'; index: string; resumed: boolean }
  | { event: 'filling'; rows: number; of: number }
  | { event: 'waiting'; reason: string }
  | { event: 'swapped'; index: string; removed?: string }
  | ({ event: 'done' } & Filled);

/** An index that holds every row of the table now. */
export interface Filled {
  index: string;
  /** that this run has written */
  rows: number;
  /** that are no documents, or that Elasticsearch refuses for what they hold */
  unfit: number;
  /** why the last of those is unfit */
  example?: string;
}

/**
 * Rebuilds the index from the table of quotes, while searches go on; or fills the one that answers, if it was made again and lacks rows.
 * A run that was stopped goes on where it was.
 * @returns undefined when nothing was to be filled
 * @throws Fault of kind `locked` while another one is at work
 */
export async function rebuildIndex(
  lake: LocalLake,
  caller: Caller,
  task: 'rebuild' | 'fill',
): Promise<Filled | undefined> {
  const { layout } = lake;
  await requireSearch(lake);
  const self = identify(process.pid);
  const holder = { pid: process.pid, started: self?.started ?? '', command: `cryptodm index ${task}` };
  const release = takeLock(layout.indexLock, holder, (other) => isAlive(other));
  try {
    const toolchain = await prepare(lake, caller, { extensions: false });
    let filled: Filled | undefined;
    const show = (text: string) => {
      caller.onEvent({ event: 'progress', id: 'index', text });
    };
    show('reading the table');
    await runTask(lakeTask(lake, toolchain, 'io.cryptodm.jobs.IndexTasks', [task, '--attended']), {
      what: task === 'rebuild' ? 'rebuilding the index' : 'filling the index',
      signal: caller.signal,
      onLine: (raw) => {
        const line = raw as Line;
        if (line.event === 'done') filled = line;
        else if (line.event === 'begun' && line.resumed) show(`${line.index}: goes on where an earlier run stopped`);
        else if (line.event === 'begun') show(`${line.index} is begun`);
        else if (line.event === 'filling') show(`${String(line.rows)} of ${String(line.of)} rows`);
        else if (line.event === 'waiting') show(`waits: ${line.reason}`);
        else if (line.event === 'swapped') {
          const old = line.removed === undefined ? '' : ` in the place of ${line.removed}, which is removed`;
          caller.onEvent({ event: 'message', text: `${line.index} answers now${old}.` });
        }
      },
    });
    return filled;
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'part') throw error;
    const room = roomOf(layout.elasticsearch);
    const free =
      room === undefined
        ? ''
        : ` The disk of ${layout.elasticsearch} has ${String(Math.floor(room.free / 1e6))} MB left.`;
    throw new Fault('part', error.message, {
      where: layout.elasticsearch,
      next: `Mend what the message names, then run "cryptodm index ${task}" again: it goes on where it stopped.${free}`,
      cause: error,
    });
  } finally {
    release();
  }
}
