import { toFault } from '../../errors.ts';
import { openEngine, type Engine } from './engine.ts';
import { runOn } from './query.ts';
import type { Cell, LakeFiles, QueryLimits, QueryOutcome, ResultColumn } from '../../tools/sql/types.ts';

/** What a worker process gets. */
export interface WorkerTask extends LakeFiles {
  id: number;
  extensions: string;
  sql: string;
  asOf: number | undefined;
  limits: QueryLimits;
}

/** What a worker process answers; every message belongs to the task `id`. */
export type WorkerMessage =
  | { id: number; columns: ResultColumn[] }
  | { id: number; rows: Cell[][] }
  | { id: number; outcome: QueryOutcome }
  | {
      id: number;
      fault: { kind: string; message: string; where?: string; next?: string; facts: Record<string, unknown> };
    };

/**
 * The life of a worker process: takes tasks from its parent over the IPC channel, one at a time, on one engine that stays open.
 * Ends when the parent is gone. The command that a QueryWorker starts calls this and nothing else.
 */
export function serveQueries(): void {
  let engine: Promise<Engine> | undefined;
  let queue: Promise<void> = Promise.resolve();
  const send = (message: WorkerMessage) =>
    new Promise<void>((done) => {
      // Waiting for the channel keeps a large result from piling up here.
      if (process.send === undefined || !process.connected) done();
      else process.send(message, undefined, {}, () => done());
    });
  process.on('disconnect', () => process.exit(0));
  process.on('message', (task: WorkerTask) => {
    const run = async () => {
      const { id } = task;
      try {
        engine ??= openEngine(task.extensions, task.warehouse, task.limits);
        const outcome = await runOn(await engine, task, {
          columns: (columns) => send({ id, columns }),
          rows: (rows) => send({ id, rows }),
        });
        await send({ id, outcome });
      } catch (thrown) {
        if (engine !== undefined) await engine.catch(() => (engine = undefined));
        const { kind, message, where, next, facts } = toFault(thrown);
        await send({ id, fault: { kind, message, where, next, facts } });
      }
    };
    queue = queue.then(run);
  });
}
