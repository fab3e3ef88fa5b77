import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { collectGarbage } from './garbage.ts';

/** A small file system for one test, which can be filled and emptied. */
export class SmallDisk {
  private filler: number | undefined;

  private constructor(readonly path: string) {}

  /** @returns the file system, or the reason why this user can't mount one */
  static open(megabytes: number): SmallDisk | string {
    const path = mkdtempSync(join(tmpdir(), 'cryptodm-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(megabytes)}m`, 'tmpfs', path], { stdio: 'pipe' });
      return new SmallDisk(path);
    } catch (error) {
      rmSync(path, { recursive: true });
      return `a small file system can't be mounted here: ${(error as Error).message.split('\n').at(-1) ?? ''}`;
    }
  }

  get free(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Fills all free space. */
  fill(): void {
    this.filler ??= openSync(join(this.path, 'filler'), 'w');
    const chunk = Buffer.alloc(65_536, 1);
    try {
      for (;;) writeSync(this.filler, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  /** Frees the space again. */
  empty(): void {
    if (this.filler !== undefined) closeSync(this.filler);
    this.filler = undefined;
    rmSync(join(this.path, 'filler'), { force: true });
  }

  /** Waits while another program looks at the file system, as one that lists all mounts does. */
  async close(): Promise<void> {
    this.empty();
    const gone = await awaitAnswer(() => this.unmount(), { withinMs: 10_000, everyMs: 100 });
    if (gone !== true) execFileSync('umount', [this.path]);
    rmSync(this.path, { recursive: true });
  }

  private unmount(): true | undefined {
    collectGarbage();
    return spawnSync('umount', [this.path], { stdio: 'ignore' }).status === 0 ? true : undefined;
  }
}
