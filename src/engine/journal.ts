import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, openSync, fsyncSync, closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../errors.ts';
import type { Step } from './step.ts';

/** What the journal remembers of a step. `making` was written before acting, `stands` after. */
export interface Entry extends Step {
  state: 'making' | 'stands';
  outputs?: unknown;
  at: string;
}

/** Keeps a second copy of the journal's text elsewhere; undefined: there is nothing left to remember. */
export type Mirror = (text: string | undefined) => Promise<void>;

/** The memory of a lake: written before acting, so that whatever stops a run, the next one knows what may exist. */
export class Journal {
  private readonly entries: Map<string, Entry>;
  private mirrored: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    entries: Entry[],
    private readonly mirror: Mirror | undefined,
  ) {
    this.entries = new Map(entries.map((entry) => [entry.id, entry]));
  }

  /** @throws Fault of kind `environment` when the file can't be read or is no journal */
  static open(path: string, mirror?: Mirror): Journal {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Journal(path, [], mirror);
      throw new Fault('environment', `can't read the journal ${path}`, { where: path, cause: error });
    }
    try {
      const { entries } = JSON.parse(text) as { entries: Entry[] };
      return new Journal(path, entries, mirror);
    } catch (error) {
      throw new Fault('environment', `${path} is not a journal`, {
        where: path,
        next: `Move it away, then run "cryptodm up" to take over what stands.`,
        cause: error,
      });
    }
  }

  get(id: string): Entry | undefined {
    return this.entries.get(id);
  }

  all(): Entry[] {
    return [...this.entries.values()];
  }

  put(entry: Entry): void {
    this.entries.set(entry.id, entry);
    this.write();
  }

  drop(id: string): void {
    this.entries.delete(id);
    this.write();
  }

  /** Resolves once the second copy holds what was last written; rejects as the mirror does. Awaited before acting. */
  async settled(): Promise<void> {
    await this.mirrored;
  }

  private write(): void {
    const text =
      this.entries.size === 0 ? undefined : `${JSON.stringify({ version: 1, entries: this.all() }, null, 1)}\n`;
    this.writeFile(text);
    if (this.mirror === undefined) return;
    const copy = this.mirror;
    this.mirrored = this.mirrored.then(() => copy(text));
    // Whoever awaits `settled` hears of it.
    this.mirrored.catch(() => undefined);
  }

  private writeFile(text: string | undefined): void {
    if (text === undefined) {
      rmSync(this.path, { force: true });
      return;
    }
    try {
      writeDurably(this.path, text);
    } catch (error) {
      throw new Fault('environment', `can't write the journal ${this.path}: ${(error as Error).message}`, {
        where: this.path,
        next: 'Make room or make the folder writable, then run the command again: it goes on where it stopped.',
        cause: error,
      });
    }
  }
}

/** Replaces a file so that a crash leaves the old or the new text, never half of one. */
function writeDurably(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.new`;
  writeFileSync(beside, text, { mode: 0o600 });
  const file = openSync(beside, 'r');
  fsyncSync(file);
  closeSync(file);
  renameSync(beside, path);
}
