import type { QuerySink } from './types.ts';

/** Writes text; the query waits for a returned promise. */
export type Write = (text: string) => void | Promise<void>;

/** A sink that writes a result as text. `end` is called once, after the last row of a query that succeeded. */
export interface Formatter extends QuerySink {
  end(): void | Promise<void>;
}
