import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';
import { Fault } from '../../errors.ts';
import type { QueryOutcome, QuerySink } from '../../tools/sql/types.ts';
import { RestingWorker } from './resting-worker.ts';
import type { RunOptions } from './worker.ts';

/** Limits of a typed statement: seconds, rows, bytes of its result, memory of the engine and of its process. */
export const sqlLimits = {
  seconds: 15,
  rows: 1000,
  bytes: 8 * 2 ** 20,
  memoryBytes: 256 * 2 ** 20,
  processBytes: 700 * 2 ** 20,
};
export const csvRows = 100_000;
/** Statements at a time, the running one included: the lake itself needs the processors. */
const mostWaiting = 4;

/** Runs statements that nobody has looked at, in a process of their own, so that they stop and delay nothing else. */
export class SqlBox {
  private readonly worker: RestingWorker;
  private waiting = 0;

  constructor(lake: LocalLake, caller: Caller) {
    this.worker = new RestingWorker(lake, caller, sqlLimits);
  }

  /** @throws Fault as `runQuery`; `locked` when too many statements wait */
  async run(sql: string, sink: QuerySink, options: RunOptions & { signal: AbortSignal }): Promise<QueryOutcome> {
    if (this.waiting >= mostWaiting)
      throw new Fault('locked', 'too many statements are waiting', {
        where: 'SQL',
        next: 'Wait until one has ended, then run yours again.',
      });
    this.waiting += 1;
    try {
      return await this.worker.use((worker) => worker.run(sql, sink, options));
    } finally {
      this.waiting -= 1;
    }
  }

  close(): void {
    this.worker.close();
  }
}
