import { ExpectedQuotes, type Malformed, type StandingBar } from './expected.ts';
import type { LogRecord } from './log.ts';

/**
 * The documents of the index. Most are what the last record of their key says. Where the power went, records may be gone that the index had
 * taken or not: it names no offsets, so each of them is possible.
 */
export class ExpectedDocuments {
  private readonly quotes: ExpectedQuotes;
  private readonly maybe = new Map<string, StandingBar[]>();

  constructor(private readonly malformed: Malformed) {
    this.quotes = new ExpectedQuotes(malformed);
  }

  /** @param isGone whether the log has lost the record, which the index may have taken before */
  apply(record: LogRecord, isGone = false): void {
    const alone = new ExpectedQuotes(this.malformed);
    alone.apply(record);
    for (const [id, bar] of alone.rows) {
      if (isGone) this.maybe.set(id, [...(this.maybe.get(id) ?? []), bar]);
      else this.maybe.delete(id);
    }
    if (!isGone) this.quotes.apply(record);
  }

  /** What a document may say. */
  possible(id: string): StandingBar[] {
    const last = this.quotes.rows.get(id);
    return [...(last === undefined ? [] : [last]), ...(this.maybe.get(id) ?? [])];
  }

  /** Documents that must be there. */
  certain(): Iterable<string> {
    return this.quotes.rows.keys();
  }

  /** How many documents there may be, also of earlier seeds. */
  count(): { least: number; most: number } {
    const least = this.quotes.totals.rows;
    return { least, most: least + [...this.maybe.keys()].filter((id) => !this.quotes.rows.has(id)).length };
  }

  /** Notes which of the possible documents are there, and forgets those of a completely checked seed. */
  forget(prefix: string, documents: ReadonlyMap<string, Record<string, unknown>>): void {
    for (const [id, bars] of this.maybe) {
      const bar = bars.find(({ revision }) => revision === documents.get(id)?.['revision']);
      if (bar !== undefined) this.quotes.stand(id, bar);
    }
    this.maybe.clear();
    this.quotes.forget(prefix);
  }
}
