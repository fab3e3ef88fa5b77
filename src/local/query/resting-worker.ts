import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';
import { lakePlace } from './lake-place.ts';
import { QueryWorker, type WorkerSettings } from './worker.ts';

/** The query process ends after so long without a query, because it holds memory. */
const restMs = 60_000;

/** Makes the process that runs SQL on the lake; missing extensions are fetched. */
export async function startWorker(
  lake: LocalLake,
  caller: Caller,
  limits: WorkerSettings['limits'],
): Promise<QueryWorker> {
  return new QueryWorker({
    ...(await lakePlace(lake, caller)),
    command: [process.execPath, '--max-old-space-size=256', ...caller.entry, 'query-worker'],
    limits,
  });
}

/** A query process that starts when it is needed and ends after a time without use. */
export class RestingWorker {
  private starting: Promise<QueryWorker> | undefined;
  private rest: NodeJS.Timeout | undefined;
  private using = 0;

  constructor(
    private readonly lake: LocalLake,
    private readonly caller: Caller,
    private readonly limits: WorkerSettings['limits'],
  ) {}

  async use<T>(act: (worker: QueryWorker) => Promise<T>): Promise<T> {
    clearTimeout(this.rest);
    this.using += 1;
    try {
      this.starting ??= startWorker(this.lake, this.caller, this.limits);
      this.starting.catch(() => (this.starting = undefined));
      return await act(await this.starting);
    } finally {
      this.using -= 1;
      if (this.using === 0) this.rest = setTimeout(() => this.close(), restMs).unref();
    }
  }

  close(): void {
    clearTimeout(this.rest);
    void this.starting?.then((worker) => worker.close()).catch(() => undefined);
    this.starting = undefined;
  }
}
