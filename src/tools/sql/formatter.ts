import type { QuerySink } from './types.ts';

/** Takes text for the output; a returned promise holds the query back until it is written. */
export type Write = (text: string) => void | Promise<void>;

/** A sink that writes what it receives as text. `end` comes once, after the last row of a query that succeeded. */
export interface Formatter extends QuerySink {
  end(): void | Promise<void>;
}
