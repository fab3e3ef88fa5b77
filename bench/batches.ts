import { setTimeout as pause } from 'node:timers/promises';
import { readJobProgress } from '../src/tools/progress.ts';
import { awaitAnswer } from '../src/tools/waiting.ts';
import type { Ends } from './load.ts';

/** Well below the time between two triggers. */
const everyMs = 20;

/** Collects the durations that a job reports for its batches, until `stop`. */
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
   * As `take`, but waits for at least one batch.
   * @throws Error when there was none within `withinMs`
   */
  async takeSome(withinMs: number): Promise<number[]> {
    const seen = await awaitAnswer(() => (this.millis.length > 0 ? true : undefined), { withinMs, everyMs });
    if (seen === undefined) throw new Error(`${this.file} reports no batch after ${String(withinMs)} ms`);
    return this.take();
  }

  /**
   * Waits until the job has read everything below `ends`.
   * @throws Error when it has not within `withinMs`
   */
  async await(ends: Ends, withinMs: number, check: () => void): Promise<void> {
    const until = performance.now() + withinMs;
    for (;;) {
      const offsets = readJobProgress(this.file)?.offsets ?? {};
      if ([...ends].every(([partition, end]) => (offsets[String(partition)] ?? 0) >= end)) break;
      check();
      if (performance.now() > until)
        throw new Error(`${this.file} does not reach the end of what was sent after ${String(withinMs)} ms`);
      await pause(everyMs);
    }
    // The loop in `run` must still see the last batch.
    await pause(2 * everyMs);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.looking;
  }
}
