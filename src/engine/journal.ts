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

/** The memory of a lake: written before acting, so that whatever stops a run, the next one knows what may exist. */
export class Journal {
  private readonly entries: Map<string, Entry>;

  private constructor(
    private readonly path: string,
    entries: Entry[],
  ) {
    this.entries = new Map(entries.map((entry) => [entry.id, entry]));
  }

  /** @throws Fault of kind `environment` when the file can't be read or is no journal */
  static open(path: string): Journal {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Journal(path, []);
      throw new Fault('environment', `can't read the journal ${path}`, { where: path, cause: error });
    }
    try {
      const { entries } = JSON.parse(text) as { entries: Entry[] };
      return new Journal(path, entries);
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

  private write(): void {
    if (this.entries.size === 0) {
      rmSync(this.path, { force: true });
      return;
    }
    try {
      writeDurably(this.path, `${JSON.stringify({ version: 1, entries: this.all() }, null, 1)}\n`);
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
