import type { Row } from './block.ts';

/** What a stream can do with trades of certain ids, instead of sending each once and in order. */
export type Treatment =
  | 'omitted'
  | 'doubled'
  | 'reordered'
  /** the message is cut off in the middle */
  | 'malformed'
  /** the price is no number */
  | 'mispriced'
  /** an error message comes in its place */
  | 'replaced';

/** A trade on its way to the clients. */
export type Sending = Row & { as?: 'malformed' | 'mispriced' | 'replaced' };

interface Rule {
  treatment: Treatment;
  /** indexes */
  first: number;
  last: number;
}

/** Decides which trades of a product go out on the stream, and in which order. */
export class Delivery {
  /** until then no trade goes out, by our own clock */
  mutedUntilMs = 0;
  private rules: Rule[] = [];
  private held: Row[] = [];

  treat(treatment: Treatment, first: number, last: number): void {
    this.rules.push({ treatment, first, last });
  }

  /** @returns what is sent now, when these trades have happened */
  plan(rows: Row[], nowMs: number): Sending[] {
    if (this.rules.length === 0) return nowMs < this.mutedUntilMs ? [] : rows;
    const sendings: Sending[] = [];
    for (const row of rows) {
      if (this.rules.some(({ treatment, last }) => treatment === 'reordered' && last < row.index))
        this.release(sendings);
      this.rules = this.rules.filter(({ last }) => last >= row.index);
      this.take(row, nowMs < this.mutedUntilMs, sendings);
    }
    return sendings;
  }

  private take(row: Row, muted: boolean, sendings: Sending[]): void {
    const rules = this.rules.filter(({ first }) => first <= row.index);
    const has = (wanted: Treatment) => rules.some(({ treatment }) => treatment === wanted);
    if (!muted && !has('omitted')) {
      const as = (['malformed', 'mispriced', 'replaced'] as const).find(has);
      const sending: Sending = as === undefined ? row : { ...row, as };
      const copies = has('doubled') ? [sending, sending] : [sending];
      if (has('reordered')) this.held.push(...copies);
      else sendings.push(...copies);
    }
    if (rules.some(({ treatment, last }) => treatment === 'reordered' && last === row.index)) this.release(sendings);
  }

  /** The last one first. */
  private release(sendings: Sending[]): void {
    sendings.push(...this.held.splice(0).reverse());
  }
}
