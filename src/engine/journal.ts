import { readFileSync, rmSync } from 'node:fs';
import * as z from 'zod';
import { Fault } from '../errors.ts';
import { replaceFile } from '../tools/whole-file.ts';
import { journalVersion, readEntries, type WrittenEntry } from './journal-versions.ts';
import type { AnyKind, Handle, Step, StepFacts } from './step.ts';

/** What the journal remembers of a step. `making` was written before acting, `stands` after. */
export interface Entry<Inputs = unknown, Outputs = unknown> extends StepFacts {
  /** name of its kind */
  kind: string;
  inputs: Inputs;
  state: 'making' | 'stands';
  outputs?: Outputs;
  at: string;
}

/** Shape of a kind's entries. */
interface EntryShape<Inputs, Outputs> {
  name: string;
  inputs: z.ZodType<Inputs>;
  outputs: z.ZodType<Outputs>;
}

/** Keeps a second copy of the journal's text elsewhere; undefined: there is nothing left to remember. */
export type Mirror = (text: string | undefined) => Promise<void>;

/** The memory of a lake: written before acting, so that whatever stops a run, the next one knows what may exist. */
export class Journal<Session = unknown> {
  private readonly entries: Map<string, Entry>;
  private mirrored: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    private readonly kinds: Map<string, AnyKind<Session>>,
    entries: Entry[],
    private readonly mirror: Mirror | undefined,
  ) {
    this.entries = new Map(entries.map((entry) => [entry.id, entry]));
  }

  /**
   * @param kinds all kinds whose steps the journal may hold
   * @throws Fault of kind `environment` when the file can't be read, or holds what this version does not know
   */
  static open<Session>(path: string, kinds: readonly AnyKind<Session>[], mirror?: Mirror): Journal<Session> {
    const byName = new Map(kinds.map((kind) => [kind.name, kind]));
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Journal(path, byName, [], mirror);
      throw new Fault('environment', `can't read the journal ${path}`, {
        where: path,
        next: 'Make the file readable, then run the same command again.',
        cause: error,
      });
    }
    const entries = readEntries(text, path).map((entry) => checkEntry(entry, byName.get(entry.kind), path));
    return new Journal(path, byName, entries, mirror);
  }

  get(id: string): Entry | undefined {
    return this.entries.get(id);
  }

  all(): Entry[] {
    return [...this.entries.values()];
  }

  /** The entries of one kind, with its inputs and outputs. */
  allOf<Inputs, Outputs>(kind: EntryShape<Inputs, Outputs>): Entry<Inputs, Outputs>[] {
    // The kind's schemas have seen them when the journal was read, its constructor when they were made.
    return this.all().filter((entry) => entry.kind === kind.name) as Entry<Inputs, Outputs>[];
  }

  /** What a step has left; undefined when it is not there, or has not told. */
  outputsOf<Outputs>({ id, kind }: Handle<Outputs>): Outputs | undefined {
    const read = kind.outputs.safeParse(this.get(id)?.outputs);
    return read.success ? read.data : undefined;
  }

  /** @throws Fault of kind `internal` for a kind that this journal was not opened with */
  kindOf(entry: Entry): AnyKind<Session> {
    const kind = this.kinds.get(entry.kind);
    if (kind === undefined) throw new Fault('internal', `no kind of step is called ${entry.kind} (step ${entry.id})`);
    return kind;
  }

  put<Outputs>(step: Step<Outputs, Session>, state: Entry['state'], outputs: Outputs | undefined): void {
    const { id, kind, title, needs, takes, inputs, before, minor, data } = step;
    const at = new Date().toISOString();
    this.entries.set(id, { id, kind: kind.name, title, needs, takes, inputs, before, minor, data, state, outputs, at });
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
    const journal = { version: journalVersion, entries: this.all() };
    const text = this.entries.size === 0 ? undefined : `${JSON.stringify(journal, null, 1)}\n`;
    this.writeFile(text);
    if (this.mirror === undefined) return;
    const copy = this.mirror;
    this.mirrored = this.mirrored.then(() => copy(text));
    // `settled` reports a failure; without this line Node would end the process before.
    this.mirrored.catch(() => undefined);
  }

  private writeFile(text: string | undefined): void {
    if (text === undefined) {
      rmSync(this.path, { force: true });
      return;
    }
    try {
      replaceFile(this.path, text);
    } catch (error) {
      throw new Fault('environment', `can't write the journal ${this.path}: ${(error as Error).message}`, {
        where: this.path,
        next: 'Make room or make the folder writable, then run the command again: it goes on where it stopped.',
        cause: error,
      });
    }
  }
}

/** The entry with inputs and outputs as its kind's schemas read them. */
function checkEntry(entry: WrittenEntry, kind: AnyKind | undefined, path: string): Entry {
  if (kind === undefined) {
    throw new Fault('environment', `the journal ${path} holds the step ${entry.id} of an unknown kind, ${entry.kind}`, {
      where: path,
      next: 'Use the cryptodm that raised this lake, or one that is newer.',
    });
  }
  const inputs = kind.inputs.safeParse(entry.inputs);
  if (!inputs.success) {
    throw new Fault(
      'environment',
      `the journal ${path} holds the step ${entry.id} with inputs that are not those of a ${entry.kind}:\n${z.prettifyError(inputs.error)}`,
      {
        where: path,
        next: 'Undo what was changed in the file, or move it away and run "cryptodm up": it takes over what is there.',
        cause: inputs.error,
      },
    );
  }
  const outputs = kind.outputs.safeParse(entry.outputs);
  // A step whose outputs are not known is made again; refusing the journal would also stop "down".
  return { ...entry, inputs: inputs.data, outputs: outputs.success ? outputs.data : undefined };
}
