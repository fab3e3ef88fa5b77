import type { Connection } from '../connection.ts';
import type { Sending } from '../delivery.ts';
import { cutOff, Feed, textsOf } from '../feed.ts';
import { minuteOf } from '../minute-sum.ts';
import type { Tape } from '../tape.ts';
import { decimalText, isoText } from '../text.ts';
import { describeBar, numberText } from './bar.ts';

const minute = 60_000_000;
const channels = ['trades', 'quotes', 'orderbooks', 'bars', 'updatedBars', 'dailyBars'] as const;
/** The most trades in a message. */
const most = 200;

/** Alpaca's stream of crypto data: docs.alpaca.markets/docs/real-time-crypto-pricing-data. */
export class AlpacaFeed extends Feed {
  private readonly signedIn = new Set<Connection>();
  /** bars that were sent, by pair and minute, until their time for an update is over */
  private readonly sentBars = new Map<string, { pair: string; from: number; text: string }>();
  private barsUntil = minuteOf(this.market.clock.nowMicros());

  publish(tape: Tape, sendings: Sending[]): void {
    const listeners = this.hearing('trades', tape.product.pair);
    if (listeners.length === 0) return;
    for (let at = 0; at < sendings.length; at += most) {
      for (const text of describeMessages(tape, sendings.slice(at, at + most))) {
        for (const listener of listeners) listener.send(text);
      }
    }
  }

  pulse(): void {
    const now = this.market.clock.nowMicros();
    for (; this.barsUntil + minute <= now; this.barsUntil += minute) {
      for (const pair of this.market.pairs) this.sendBar(pair, this.barsUntil);
    }
    for (const [key, { pair, from, text: before }] of this.sentBars) {
      if (from + 1.5 * minute > now) continue;
      this.sentBars.delete(key);
      const text = describeBar(this.market, pair, from);
      if (text !== before) this.tell('updatedBars', pair, `[{"T":"u","S":"${pair}",${text}}]`);
    }
  }

  protected greet(connection: Connection): void {
    connection.send('[{"T":"success","msg":"connected"}]');
    connection.socket.on('close', () => this.signedIn.delete(connection));
    const { 'apca-api-key-id': id, 'apca-api-secret-key': secret } = connection.headers;
    if (id !== undefined) {
      this.signIn(connection, id, secret);
      return;
    }
    const timer = setTimeout(() => {
      if (this.signedIn.has(connection)) return;
      fail(connection, 404, 'auth timeout');
      connection.close(1000, 'auth timeout');
    }, this.options.firstMessageWithinMs.alpaca);
    connection.socket.on('close', () => clearTimeout(timer));
  }

  protected hear(connection: Connection, message: Record<string, unknown>): void {
    const { action } = message;
    if (action === 'auth') this.signIn(connection, message.key, message.secret);
    else if (!this.signedIn.has(connection)) fail(connection, 401, 'not authenticated');
    else if (action === 'subscribe') this.subscribe(connection, message);
    else if (action === 'unsubscribe') {
      for (const { channel, pair } of wantedOf(message)) connection.unsubscribe(channel, pair);
      confirm(connection);
    } else fail(connection, 400, 'invalid syntax');
  }

  protected complain(connection: Connection): void {
    fail(connection, 400, 'invalid syntax');
  }

  private signIn(connection: Connection, id: unknown, secret: unknown): void {
    const { alpacaKey, alpacaConnections } = this.options;
    if (this.signedIn.has(connection)) fail(connection, 403, 'already authenticated');
    else if (id !== alpacaKey.id || secret !== alpacaKey.secret) fail(connection, 402, 'auth failed');
    else if (this.signedIn.size >= alpacaConnections) {
      fail(connection, 406, 'connection limit exceeded');
      connection.close(1000, 'connection limit exceeded');
    } else {
      this.signedIn.add(connection);
      connection.send('[{"T":"success","msg":"authenticated"}]');
    }
  }

  private subscribe(connection: Connection, message: Record<string, unknown>): void {
    const wanted = wantedOf(message);
    const refused = wanted.filter(({ pair }) => pair !== '*' && !this.offers(pair));
    for (const { pair } of refused) fail(connection, 400, `invalid symbol: ${pair}`);
    if (refused.length > 0 && this.options.refusesWhole) return;
    for (const each of wanted) {
      if (!refused.includes(each)) connection.subscribe(each.channel, each.pair);
    }
    confirm(connection);
  }

  private sendBar(pair: string, from: number): void {
    const text = describeBar(this.market, pair, from);
    this.sentBars.set(`${pair} ${String(from)}`, { pair, from, text });
    this.tell('bars', pair, `[{"T":"b","S":"${pair}",${text}}]`);
  }

  private tell(channel: string, pair: string, text: string): void {
    for (const listener of this.hearing(channel, pair)) listener.send(text);
  }

  private hearing(channel: string, pair: string): Connection[] {
    return [...this.connections].filter((each) => each.hears(channel, pair) || each.hears(channel, '*'));
  }
}

function fail(connection: Connection, code: number, msg: string): void {
  connection.send(JSON.stringify([{ T: 'error', code, msg }]));
}

function confirm(connection: Connection): void {
  const all = channels.map((channel) => [channel, [...(connection.channels.get(channel) ?? [])]]);
  connection.send(JSON.stringify([{ T: 'subscription', ...Object.fromEntries(all) }]));
}

function wantedOf(message: Record<string, unknown>): { channel: string; pair: string }[] {
  return channels.flatMap((channel) => textsOf(message[channel]).map((pair) => ({ channel, pair })));
}

function describeMessages(tape: Tape, sendings: Sending[]): string[] {
  const good = sendings.filter(({ as }) => as === undefined || as === 'mispriced');
  const texts = good.length === 0 ? [] : [`[${good.map((sending) => describeTrade(tape, sending)).join(',')}]`];
  for (const sending of sendings) {
    if (sending.as === 'malformed') texts.push(cutOff(`[${describeTrade(tape, sending)}]`));
    if (sending.as === 'replaced') texts.push('[{"T":"error","code":500,"msg":"internal error"}]');
  }
  return texts;
}

function describeTrade(tape: Tape, row: Sending): string {
  return `{"T":"t","S":"${tape.product.pair}",${tradeFields(tape, row)}}`;
}

/** The fields of a trade, on the stream and in REST. */
export function tradeFields(tape: Tape, row: Sending): string {
  const { priceDigits, quantityDigits } = tape.product;
  const price = row.as === 'mispriced' ? '"abc"' : numberText(decimalText(row.ticks, priceDigits));
  const time = isoText(row.micros, String(tape.nanosOf(row.micros)).padStart(3, '0'));
  const quantity = numberText(decimalText(row.units, quantityDigits));
  return `"p":${price},"s":${quantity},"t":"${time}","i":${tape.idOf(row.index)},"tks":"${row.bought ? 'B' : 'S'}"`;
}
