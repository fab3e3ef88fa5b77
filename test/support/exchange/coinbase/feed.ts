import type { Row } from '../block.ts';
import type { Connection } from '../connection.ts';
import type { Sending } from '../delivery.ts';
import { cutOff, Feed, textsOf } from '../feed.ts';
import { mix } from '../noise.ts';
import type { Tape } from '../tape.ts';
import { decimalText, isoText } from '../text.ts';

const known = new Set(['matches', 'heartbeat']);

/** Coinbase Exchange's websocket feed: docs.cdp.coinbase.com/exchange/websocket-feed/channels. */
export class CoinbaseFeed extends Feed {
  private readonly sequences = new Map<string, number>();

  publish(tape: Tape, sendings: Sending[]): void {
    const listeners = this.listeners('matches', tape.product.pair);
    if (listeners.length === 0) return;
    for (const sending of sendings) {
      const text = this.describe(tape, sending);
      for (const listener of listeners) listener.send(text);
    }
  }

  pulse(): void {
    const now = isoText(this.market.clock.nowMicros());
    for (const pair of this.market.pairs) {
      const listeners = this.listeners('heartbeat', pair);
      if (listeners.length === 0) continue;
      const tape = this.market.tape(pair);
      const last = tape.lastBefore(tape.end);
      const zero = last === undefined || Date.now() < (this.market.zeroUntilMs.get(pair) ?? 0);
      const id = zero ? '0' : tape.idOf(last.index);
      const text = `{"type":"heartbeat","last_trade_id":${id},"product_id":"${productOf(pair)}","sequence":${this.nextSequence(tape)},"time":"${now}"}`;
      for (const listener of listeners) listener.send(text);
    }
  }

  protected greet(connection: Connection): void {
    const timer = setTimeout(() => {
      if (!connection.isSubscribed) connection.close(1008, 'no subscription');
    }, this.options.firstMessageWithinMs.coinbase);
    connection.socket.on('close', () => clearTimeout(timer));
  }

  protected hear(connection: Connection, message: Record<string, unknown>): void {
    if (message.type !== 'subscribe' && message.type !== 'unsubscribe') {
      this.refuse(connection, `${JSON.stringify(message.type)} is not a valid message type`);
      return;
    }
    const wanted = channelsOf(message);
    if (message.type === 'subscribe') {
      if (!this.subscribe(connection, wanted)) return;
    } else {
      for (const { channel, product } of wanted) connection.unsubscribe(channel, pairOf(product));
    }
    const channels = [...connection.channels]
      .filter(([, pairs]) => pairs.size > 0)
      .map(([name, pairs]) => ({ name, product_ids: [...pairs].map(productOf) }));
    connection.send(JSON.stringify({ type: 'subscriptions', channels }));
    if (message.type === 'subscribe') this.sendLast(connection, wanted);
  }

  protected complain(connection: Connection): void {
    connection.send('{"type":"error","message":"Malformed JSON"}');
  }

  /** @returns whether anything was subscribed to */
  private subscribe(connection: Connection, wanted: readonly { channel: string; product: string }[]): boolean {
    const isBad = ({ channel, product }: { channel: string; product: string }) =>
      !known.has(channel) || !this.offers(pairOf(product));
    const reasons = new Set(
      wanted.filter(isBad).map(({ channel, product }) => `${known.has(channel) ? product : channel} is not valid`),
    );
    for (const reason of reasons) this.refuse(connection, reason);
    const good = wanted.filter((each) => !isBad(each));
    if (wanted.length === 0) this.refuse(connection, 'No channels provided');
    if (good.length === 0 || (reasons.size > 0 && this.options.refusesWhole)) return false;
    for (const { channel, product } of good) connection.subscribe(channel, pairOf(product));
    return true;
  }

  private refuse(connection: Connection, reason: string): void {
    connection.send(JSON.stringify({ type: 'error', message: 'Failed to subscribe', reason }));
  }

  /** Tells where the feed stands. */
  private sendLast(connection: Connection, wanted: readonly { channel: string; product: string }[]): void {
    for (const { channel, product } of wanted) {
      if (channel !== 'matches' || !connection.hears(channel, pairOf(product))) continue;
      const tape = this.market.tape(pairOf(product));
      const last = tape.lastBefore(tape.end);
      if (last !== undefined) connection.send(this.describeMatch(tape, last, 'last_match'));
    }
  }

  private describe(tape: Tape, sending: Sending): string {
    if (sending.as === 'replaced')
      return '{"type":"error","message":"Internal server error","reason":"try again later"}';
    const text = this.describeMatch(tape, sending, 'match', sending.as === 'mispriced' ? 'abc' : undefined);
    return sending.as === 'malformed' ? cutOff(text) : text;
  }

  private describeMatch(tape: Tape, row: Row, type: string, wrongPrice?: string): string {
    const { pair, priceDigits, quantityDigits } = tape.product;
    const price = wrongPrice ?? decimalText(row.ticks, priceDigits);
    // It is the maker's side: the taker's is the other one.
    const side = row.bought ? 'sell' : 'buy';
    return `{"type":"${type}","trade_id":${tape.idOf(row.index)},"maker_order_id":"${orderOf(row, 1)}","taker_order_id":"${orderOf(row, 2)}","side":"${side}","size":"${decimalText(row.units, quantityDigits)}","price":"${price}","product_id":"${productOf(pair)}","sequence":${this.nextSequence(tape)},"time":"${isoText(row.micros)}"}`;
  }

  /** It grows with jumps, as orders that are no trades count too. */
  private nextSequence(tape: Tape): string {
    const { pair } = tape.product;
    const last = this.sequences.get(pair) ?? 40_000_000_000 + (tape.options.seeds.trades % 1_000_000_000);
    const next = last + 1 + (last % 23);
    this.sequences.set(pair, next);
    return String(next);
  }
}

export function productOf(pair: string): string {
  return pair.replace('/', '-');
}

export function pairOf(product: string): string {
  return product.replace('-', '/');
}

/** A channel is a name for all products of the message, or an object with products of its own. */
function channelsOf(message: Record<string, unknown>): { channel: string; product: string }[] {
  const all = textsOf(message.product_ids);
  const channels = Array.isArray(message.channels) ? (message.channels as unknown[]) : [];
  return channels.flatMap((each) => {
    if (typeof each === 'string') return all.map((product) => ({ channel: each, product }));
    const { name, product_ids } = (each ?? {}) as { name?: string; product_ids?: unknown };
    const own = textsOf(product_ids);
    return (own.length > 0 ? own : all).map((product) => ({ channel: name ?? '', product }));
  });
}

function orderOf({ index, micros }: Row, which: number): string {
  const hex = (part: number) =>
    mix(index, micros % 1e9, which, part)
      .toString(16)
      .padStart(8, '0');
  const [first, second] = [hex(1), hex(2)];
  return `${first}-${second.slice(0, 4)}-4${second.slice(5)}-9${first.slice(1, 4)}-${hex(3)}${second.slice(0, 4)}`;
}
