import { setTimeout as pause } from 'node:timers/promises';
import { readJobProgress } from '../src/tools/progress.ts';
import { awaitAnswer } from '../src/tools/waiting.ts';
import type { Ends } from './load.ts';

/** Well below the time between two triggers. */
const everyMs = 20;

/** Reads what a job tells of its batches, all the while. */
export class Batches {
  private readonly millis: number[] = [];
  private readonly stopping = new AbortController();
  private readonly looking: Promise<void>;

  /** @param file the job's progress file */
  constructor(private readonly file: string) {
    this.looking = this.run();
  }

  private async run(): Promise<void> {
    let seen = readJobProgress(this.file)?.batches ?? 0;
    while (!this.stopping.signal.aborted) {
      const progress = readJobProgress(this.file);
      if (progress !== undefined && progress.batches !== seen) {
        seen = progress.batches;
        this.millis.push(progress.batchMs);
      }
      await pause(everyMs);
    }
  }

  /** Milliseconds of the batches that were seen since the last call. */
  take(): number[] {
    return this.millis.splice(0);
  }

  /**
   * As `take`, but waits for a first one: a batch may take longer than what it is looked at for.
   * @throws Error when there was none within so many milliseconds
   */
  async takeSome(withinMs: number): Promise<number[]> {
    const seen = await awaitAnswer(() => (this.millis.length > 0 ? true : undefined), { withinMs, everyMs });
    if (seen === undefined) throw new Error(`${this.file} tells of no batch`);
    return this.take();
  }

  /**
   * Waits until the job has taken all below `ends`.
   * @throws Error when it has not within so many milliseconds
   */
  async await(ends: Ends, withinMs: number, check: () => void): Promise<void> {
    const until = performance.now() + withinMs;
    for (;;) {
      const offsets = readJobProgress(this.file)?.offsets ?? {};
      if ([...ends].every(([partition, end]) => (offsets[String(partition)] ?? 0) >= end)) break;
      check();
      if (performance.now() > until) throw new Error(`${this.file} has not come to what was sent`);
      await pause(everyMs);
    }
    // The look that notes the last batch is under way.
    await pause(2 * everyMs);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.looking;
  }
}
