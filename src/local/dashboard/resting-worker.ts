import type { Work } from '../../work.ts';
import { LocalLake } from '../lake.ts';
import { lakePlace } from '../query/lake-place.ts';
import { QueryWorker, type WorkerSettings } from '../query/worker.ts';

/** After so long without a question the process of the queries is ended: nobody looks, and it holds memory. */
const restMs = 60_000;

/** Makes the process that answers SQL on the lake; its extensions are fetched when they are not there. */
export async function startWorker(work: Work, limits: WorkerSettings['limits']): Promise<QueryWorker> {
  return new QueryWorker({
    ...(await lakePlace(new LocalLake(work.settings), work)),
    command: [process.execPath, '--max-old-space-size=256', ...work.entry, 'query-worker'],
    limits,
  });
}

/** A worker that is there while it is needed. */
export class RestingWorker {
  private starting: Promise<QueryWorker> | undefined;
  private rest: NodeJS.Timeout | undefined;
  private using = 0;

  constructor(
    private readonly work: Work,
    private readonly limits: WorkerSettings['limits'],
  ) {}

  async use<T>(act: (worker: QueryWorker) => Promise<T>): Promise<T> {
    clearTimeout(this.rest);
    this.using += 1;
    try {
      this.starting ??= startWorker(this.work, this.limits);
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
