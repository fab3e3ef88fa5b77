import { seeded, type Random } from './random.ts';

export const topics = ['coinbase-currencies', 'coinbase-trades'] as const;

export type EventTopic = (typeof topics)[number];

/** `coverage` is the record of watched minutes in `docs/contracts.md`. */
export type EventKind = 'new' | 'revision' | 'repeat' | 'coverage' | 'malformed';

/** A record that the test's own producer sends. */
export interface FaultEvent {
  topic: EventTopic;
  kind: EventKind;
  key: string;
  partition: number;
  /** null is a record without a value, which is malformed */
  value: string | null;
  /** of a malformed one: the reason that the lake must report */
  reason?: RegExp;
  /** a malformed one that also contains a valid bar */
  half?: boolean;
}

export interface EventCounts {
  trades: number;
  bars: number;
}

/** Counts over all records of a topic; trades have no revisions and no coverage. */
export const shares = { revision: 0.05, coverage: 0.01, repeat: 0.02, malformed: 0.01 };

const minute = 60_000;
const day = 24 * 60 * minute;
const coins = 20;
const users = 300;
const partitions = 2;

/** Coins and days of a seed: no other seed has them, so that many seeds can run in one lake. */
export function placeOf(seed: number) {
  const first = Date.parse('2024-01-01T00:00:00Z') + (seed % 400) * 2 * day;
  return {
    /** prefix of the names of its coins and the ids of its trades */
    prefix: `S${String(seed).padStart(6, '0')}`,
    /** 18:00 of the first day: its events go on over midnight */
    start: first + 18 * 60 * minute,
    from: new Date(first).toISOString(),
    to: new Date(first + 2 * day).toISOString(),
  };
}

/**
 * The events of a seed in the order in which they are sent: bars spread among trades, with revisions up and down, repeats (also of what has been
 * revised since), and malformed records. The same seed gives the same events.
 */
export function drawEvents(seed: number, counts: EventCounts): FaultEvent[] {
  const random = seeded(seed);
  const bars = new Bars(seed, counts.bars, random);
  const trades = new Trades(seed, counts.trades, random);
  const events: FaultEvent[] = [];
  for (let left = { ...counts }; left.bars + left.trades > 0;) {
    const isBar = random.below(left.bars + left.trades) < left.bars;
    events.push(isBar ? bars.draw() : trades.draw());
    left = isBar ? { ...left, bars: left.bars - 1 } : { ...left, trades: left.trades - 1 };
  }
  return events;
}

function drawKind(random: Random, hasFormer: boolean, possible: (keyof typeof shares)[]): EventKind {
  let drawn = random.next();
  for (const kind of possible) {
    drawn -= shares[kind];
    if (drawn < 0) return hasFormer || kind === 'malformed' ? kind : 'new';
  }
  return 'new';
}

/** Mostly a recent item, sometimes any. */
function former<T>(random: Random, list: readonly T[]): T {
  const back = random.next() < 0.8 ? Math.min(list.length, 200) : list.length;
  const found = list[list.length - 1 - random.below(back)];
  if (found === undefined) throw new Error('nothing was sent before');
  return found;
}

/** Plain decimals without trailing zeros, as the lake's own producers write them. */
function decimal(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, '');
}

interface Bar {
  pair: string;
  start: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  count: number;
}

class Bars {
  private readonly sent: Bar[] = [];
  private readonly prices = new Map<string, number>();
  private made = 0;
  private serial = 0;
  private readonly place;

  constructor(
    seed: number,
    private readonly total: number,
    private readonly random: Random,
  ) {
    this.place = placeOf(seed);
  }

  draw(): FaultEvent {
    const kind = drawKind(this.random, this.sent.length > 0, ['malformed', 'repeat', 'revision', 'coverage']);
    if (kind === 'malformed') return this.malformed();
    if (kind === 'coverage') return this.coverage();
    const bar = kind === 'new' ? this.next() : former(this.random, this.sent);
    const sent = kind === 'revision' ? this.revise(bar) : bar;
    this.sent.push(sent);
    return this.event(kind, sent.pair, record([[sent.pair, sent]]));
  }

  private event(kind: EventKind, pair: string, value: string | null): FaultEvent {
    const partition = Number(pair.slice(this.place.prefix.length + 1, pair.indexOf('/'))) % partitions;
    return { topic: 'coinbase-currencies', kind, key: pair, partition, value };
  }

  private pair(at: number): string {
    return `${this.place.prefix}C${String(at).padStart(2, '0')}/USD`;
  }

  private next(): Bar {
    const pair = this.pair(this.made % coins);
    // Always spread over 15 hours, so that some are before and some after midnight.
    const ofPair = Math.floor(this.made / coins);
    const step = Math.max(1, Math.floor((15 * 60 * coins) / this.total));
    this.made += 1;
    const before = this.prices.get(pair) ?? this.random.between(1, 50_000);
    const close = Number((before * this.random.between(0.99, 1.01)).toFixed(6));
    this.prices.set(pair, close);
    return {
      pair,
      start: this.place.start + ofPair * step * minute,
      open: Number(before.toFixed(6)),
      high: Number((Math.max(before, close) * 1.001).toFixed(6)),
      low: Number((Math.min(before, close) * 0.999).toFixed(6)),
      close,
      volume: Number(this.random.between(0, 1000).toFixed(9)),
      count: this.random.below(5000),
    };
  }

  /** The watched interval of a bar's pair on its day: it grows with time, and sometimes a shorter one is sent again. */
  private coverage(): FaultEvent {
    const { pair, start } = former(this.random, this.sent);
    const text = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
    const from = text(Math.max(this.place.start, Math.floor(start / day) * day));
    const interval = `"pair":"${pair}","from":"${from}","to":"${text(start + minute)}","state":"observed"`;
    return this.event('coverage', pair, `{"bars":{},"coverage":{${interval}}}`);
  }

  /** The bar with a higher or lower close, and consistent other values. */
  private revise(bar: Bar): Bar {
    const close = Number((bar.close * this.random.between(0.9, 1.1)).toFixed(6));
    return {
      ...bar,
      close,
      high: Math.max(bar.open, close),
      low: Math.min(bar.open, close),
      volume: Number((bar.volume + this.random.between(0, 10)).toFixed(9)),
      count: bar.count + 1,
    };
  }

  /** A text that appears once, because it contains its number. */
  private malformed(): FaultEvent {
    const bar = this.next();
    const serial = (this.serial += 1);
    const text = record([[bar.pair, { ...bar, count: serial }]]);
    const broken: [RegExp, () => string | null][] = [
      [/^not JSON/, () => text.slice(0, -3)],
      [/price 'c' must be above 0/, () => text.replace(/"c":[^,]+/, `"c":-${String(serial)}`)],
      [/price 'o' must be above 0 but is 0/, () => text.replace(/"o":[^,]+/, '"o":0')],
      [/price 'h' must be a number but is NaN/, () => text.replace(/"h":[^,]+/, '"h":NaN')],
      [/volume 'v' must not be below 0/, () => text.replace(/"v":[^,]+/, `"v":-${String(serial)}`)],
      [/time 't' is missing/, () => text.replace(/"t":"[^"]+",/, '')],
      [/must be a whole minute/, () => text.replace(':00Z"', ':30Z"')],
      [/more than one day after/, () => text.replace(/"t":"20/, '"t":"21')],
      [/has no 'bars'/, () => text.replace('"bars"', '"rods"')],
      [/has no value/, () => null],
    ];
    if (this.random.below(broken.length + 1) === 0) {
      const value = record([
        [bar.pair, { ...bar, count: serial }],
        ['nocoin', bar],
      ]);
      return { ...this.event('malformed', bar.pair, value), reason: /'nocoin' is no pair/, half: true };
    }
    const [reason, make] = this.random.pick(broken);
    return { ...this.event('malformed', bar.pair, make()), reason };
  }
}

function record(bars: [string, Bar][]): string {
  const texts = bars.map(([pair, bar]) => {
    const fields = [
      `"c":${decimal(bar.close, 6)}`,
      `"h":${decimal(bar.high, 6)}`,
      `"l":${decimal(bar.low, 6)}`,
      `"n":${String(bar.count)}`,
      `"o":${decimal(bar.open, 6)}`,
      `"t":"${new Date(bar.start).toISOString().replace('.000Z', 'Z')}"`,
      `"v":${decimal(bar.volume, 9)}`,
      `"vw":${decimal((bar.high + bar.low) / 2, 6)}`,
    ];
    return `"${pair}":{${fields.join(',')}}`;
  });
  return `{"bars":{${texts.join(',')}}}`;
}

class Trades {
  private readonly sent: FaultEvent[] = [];
  private made = 0;
  private readonly place;

  constructor(
    seed: number,
    private readonly total: number,
    private readonly random: Random,
  ) {
    this.place = placeOf(seed);
  }

  draw(): FaultEvent {
    const kind = drawKind(this.random, this.sent.length > 0, ['malformed', 'repeat']);
    if (kind === 'repeat') return { ...former(this.random, this.sent), kind };
    const user = this.random.below(users);
    const event = (value: string, reason?: RegExp): FaultEvent => ({
      topic: 'coinbase-trades',
      kind,
      key: `${this.place.prefix}U${String(user)}`,
      partition: user % partitions,
      value,
      ...(reason === undefined ? {} : { reason }),
    });
    const text = this.text(`${this.place.prefix}U${String(user)}`);
    if (kind === 'malformed') {
      const broken: [RegExp, string][] = [
        [/^not JSON/, text.slice(0, -1)],
        [/'quantity' must be above 0 but is 0/, text.replace(/"quantity":[^,]+/, '"quantity":0')],
        [/'trade_type' must be BUY or SELL/, text.replace(/"(BUY|SELL)"/, '"HOLD"')],
        [/'ref_date' must be/, text.replace(/"ref_date":"[^"]+"/, '"ref_date":"2001-01-01"')],
        [/'asset_id' must be a symbol/, text.replace(/"asset_id":"[^"]+"/, '"asset_id":"no coin"')],
      ];
      const [reason, value] = this.random.pick(broken);
      return event(value, reason);
    }
    const made = event(text);
    this.sent.push(made);
    return made;
  }

  private text(user: string): string {
    const number = (this.made += 1);
    // One in fifty comes late, up to an hour.
    const late = this.random.below(50) === 0 ? this.random.below(60 * minute) : 0;
    const at = Math.round(this.place.start + (number / this.total) * 15 * 60 * minute - late);
    const time = new Date(at).toISOString();
    const id = `${time.replace(/\D/g, '')}-${this.place.prefix}-${String(number)}`;
    const coin = `${this.place.prefix}C${String(this.random.below(coins)).padStart(2, '0')}`;
    return (
      `{"transaction_id":"${id}","document_id":"${user}","asset_id":"${coin}","asset_type":"USD",` +
      `"transaction_timestamp":"${time}","trade_type":"${this.random.pick(['BUY', 'SELL'])}",` +
      `"quantity":${decimal(this.random.between(0.0001, 100), 8)},"ref_date":"${time.slice(0, 10)}"}`
    );
  }
}
