import type { Row } from './block.ts';
import type { Clock } from './clock.ts';
import { Delivery, type Sending } from './delivery.ts';
import type { Ledger } from './ledger.ts';
import type { Venue } from './product.ts';
import type { Tape } from './tape.ts';

/** What a REST answer is instead of the data. */
export interface Refusal {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

/** What a candle shows instead of the truth. */
export interface BentCandle {
  /** shown volume by true volume */
  volumeShare: number;
  /** shown high by true high */
  highShare: number;
  /** the truth is shown from then on, by our own clock */
  untilMs: number;
}

/** One venue: its products, and what is wrong with them just now. */
export class Market {
  /** until then nobody may subscribe to a product, by our own clock */
  readonly refusedUntilMs = new Map<string, number>();
  /** products that it does not know any more */
  readonly gone = new Set<string>();
  /** until then the heartbeats of a product say 0, by our own clock */
  readonly zeroUntilMs = new Map<string, number>();
  /** the next answers of REST */
  readonly refusals: Refusal[] = [];
  /** until then nobody can connect to the stream, by our own clock */
  shutUntilMs = 0;
  /** answers that were given */
  requests = 0;
  private readonly deliveries = new Map<string, Delivery>();
  private readonly bent = new Map<string, BentCandle>();
  private concealed: { pair: string; first: number; last: number; untilMs: number }[] = [];

  constructor(
    readonly venue: Venue,
    readonly ledger: Ledger,
    readonly clock: Clock,
  ) {}

  /** The products that it knows. */
  get pairs(): string[] {
    return this.ledger.pairs(this.venue).filter((pair) => !this.gone.has(pair));
  }

  knows(pair: string): boolean {
    return this.pairs.includes(pair);
  }

  tape(pair: string): Tape {
    return this.ledger.tape(this.venue, pair);
  }

  delivery(pair: string): Delivery {
    let delivery = this.deliveries.get(pair);
    if (delivery === undefined) this.deliveries.set(pair, (delivery = new Delivery()));
    return delivery;
  }

  /** Lets all trades happen until now. @returns what goes out on the stream, by product */
  advance(): [Tape, Sending[]][] {
    const now = this.clock.nowMicros();
    return this.ledger.pairs(this.venue).flatMap((pair) => {
      const tape = this.tape(pair);
      const rows = tape.advance(now);
      if (rows.length === 0 || this.gone.has(pair)) return [];
      return [[tape, this.delivery(pair).plan(rows, Date.now())] as [Tape, Sending[]]];
    });
  }

  /** REST does not show these trades until then, by our own clock. */
  conceal(pair: string, first: number, last: number, untilMs: number): void {
    this.concealed.push({ pair, first, last, untilMs });
  }

  /** The trades that REST shows: `limit` of them that carry a time from the first to before the last. */
  between(pair: string, fromMicros: number, toMicros: number, limit: number): Row[] {
    const hidden = this.hiddenOf(pair);
    const most = hidden.reduce((sum, { first, last }) => sum + last - first + 1, limit);
    return this.tape(pair)
      .between(fromMicros, toMicros, most)
      .filter((row) => isShown(row, hidden))
      .slice(0, limit);
  }

  /** The trades that REST shows, newest first: `limit` of them before an index. */
  newest(pair: string, beforeIndex: number, limit: number, fromIndex = -Infinity): Row[] {
    const tape = this.tape(pair);
    const hidden = this.hiddenOf(pair);
    const rows: Row[] = [];
    let end = Math.min(beforeIndex, tape.end);
    while (rows.length < limit && end > Math.max(tape.first, fromIndex)) {
      const start = Math.max(end - limit, fromIndex);
      const page = tape.rows(start, end).filter((row) => isShown(row, hidden));
      rows.push(...page.reverse());
      end = start;
    }
    return rows.slice(0, limit);
  }

  bend(pair: string, minuteMicros: number, bent: BentCandle): void {
    this.bent.set(`${pair} ${String(minuteMicros)}`, bent);
  }

  bentCandle(pair: string, minuteMicros: number): BentCandle | undefined {
    const bent = this.bent.get(`${pair} ${String(minuteMicros)}`);
    return bent !== undefined && Date.now() < bent.untilMs ? bent : undefined;
  }

  /** Ends what is wrong with streams and answers. */
  calm(): void {
    this.refusedUntilMs.clear();
    this.zeroUntilMs.clear();
    this.refusals.splice(0);
    this.shutUntilMs = 0;
    this.concealed = [];
    for (const delivery of this.deliveries.values()) delivery.mutedUntilMs = 0;
  }

  private hiddenOf(pair: string) {
    const now = Date.now();
    this.concealed = this.concealed.filter(({ untilMs }) => untilMs > now);
    return this.concealed.filter((range) => range.pair === pair);
  }
}

function isShown({ index }: Row, hidden: readonly { first: number; last: number }[]): boolean {
  return !hidden.some(({ first, last }) => index >= first && index <= last);
}
