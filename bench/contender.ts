import { setTimeout as pause } from 'node:timers/promises';
import type { Broker } from '../src/tools/broker.ts';
import type { Ends, Sent } from './load.ts';
import { cpuSeconds, type Engine } from './engine.ts';

/** What another process sees of an engine's work. */
export interface Store {
  name: 'Iceberg' | 'Elasticsearch';
  /** identifies the present state and is different after each change; undefined while there is nothing */
  look(): Promise<string | undefined>;
  /** which events a state held; works long after that state was replaced */
  ends(mark: string): Promise<Ends>;
}

/** An engine that takes quotes from a topic into a store: ours or a peer. */
export interface Contender {
  title: string;
  broker: Broker;
  topic: string;
  engine: Engine;
  /** process ids of the servers that work for it */
  servants: number[];
  stores: Store[];
  /** @returns the rows of its table @throws Error when it has written something else than what was sent */
  verify(expected: { keys: number; total: string }): Promise<number>;
  stop(): Promise<void>;
}

/** When a state was first seen. */
interface Note {
  mark: string;
  /** by `performance.now()` */
  at: number;
  /** seconds of processor time that the engine had taken by then */
  cpu: number;
}

const everyMs = 15;

/** Polls a store and notes when it changed. Which events each change added is read later, so that polling stays fast. */
export class Watch {
  private readonly notes: Note[] = [];
  private readonly stopping = new AbortController();
  private readonly looking: Promise<void>;

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
  ) {
    this.looking = this.run();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const mark = await this.store.look().catch(() => undefined);
      const at = performance.now();
      if (mark !== undefined && mark !== this.notes.at(-1)?.mark)
        this.notes.push({ mark, at, cpu: cpuSeconds(this.engine.pid) });
      await pause(everyMs);
    }
  }

  /** Waits until the store holds everything below `wanted`. @returns the note of the first state that did */
  async awaitAll(wanted: Ends, withinMs: number): Promise<Note> {
    const until = performance.now() + withinMs;
    let asked = 0;
    while (performance.now() < until) {
      this.engine.check();
      const end = this.notes.length;
      // The newest state first: while it lacks something, all earlier states do too.
      const newest = this.notes[end - 1];
      if (end > asked && newest !== undefined && holds(await this.store.ends(newest.mark), wanted)) {
        for (const note of this.notes.slice(asked, end))
          if (holds(await this.store.ends(note.mark), wanted)) return note;
      }
      asked = Math.max(asked, end);
      await pause(500);
    }
    throw new Error(`${this.store.name} does not hold all that was sent after ${String(withinMs / 1000)} s`);
  }

  /** Milliseconds from sending each event to the first poll that saw it. @throws Error when one was never seen */
  async latencies(sent: Sent[]): Promise<number[]> {
    const states: { at: number; ends: Ends }[] = [];
    for (const { mark, at } of this.notes) states.push({ at, ends: await this.store.ends(mark) });
    return sent.map(({ partition, offset, at }) => {
      const seen = states.find(({ ends }) => (ends.get(partition) ?? 0) > offset);
      if (seen === undefined)
        throw new Error(`offset ${String(offset)} of partition ${String(partition)} was never seen`);
      return seen.at - at;
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.looking;
  }
}

function holds(ends: Ends, wanted: Ends): boolean {
  return [...wanted].every(([partition, end]) => (ends.get(partition) ?? 0) >= end);
}
