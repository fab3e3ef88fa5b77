import type { Row } from '../block.ts';
import type { Connection } from '../connection.ts';
import type { Sending } from '../delivery.ts';
import { cutOff, Feed, textsOf } from '../feed.ts';
import { mix } from '../noise.ts';
import type { Tape } from '../tape.ts';
import { decimalText, isoText } from '../text.ts';

/** The most trades in a message. */
const most = 100;
const snapshotRows = 50;

/** Kraken's websocket, version 2: docs.kraken.com/api/docs/websocket-v2/trade. */
export class KrakenFeed extends Feed {
  private opened = 0;

  publish(tape: Tape, sendings: Sending[]): void {
    const listeners = this.listeners('trade', tape.product.pair);
    if (listeners.length === 0) return;
    for (let at = 0; at < sendings.length; at += most) {
      for (const text of describeUpdates(tape, sendings.slice(at, at + most))) {
        for (const listener of listeners) listener.send(text);
      }
    }
  }

  pulse(): void {
    const before = Date.now() - this.options.krakenQuietMs;
    for (const connection of this.connections) {
      if (connection.isSubscribed && connection.sentAtMs <= before) connection.send('{"channel":"heartbeat"}');
    }
  }

  protected greet(connection: Connection): void {
    // A number beyond 2^53.
    const id = `1${String(mix(++this.opened, 11)).padStart(10, '0')}${String(mix(this.opened, 12) % 1e8).padStart(8, '0')}`;
    connection.send(
      `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":${id}}]}`,
    );
  }

  protected hear(connection: Connection, message: Record<string, unknown>): void {
    const { method } = message;
    const time = isoText(this.market.clock.nowMicros());
    const request = typeof message.req_id === 'number' ? { req_id: message.req_id } : {};
    const answer = (body: Record<string, unknown>) =>
      connection.send(JSON.stringify({ method, ...request, ...body, time_in: time, time_out: time }));
    if (method === 'ping') {
      connection.send(JSON.stringify({ method: 'pong', ...request, time_in: time, time_out: time }));
      return;
    }
    const params = (message.params ?? {}) as Record<string, unknown>;
    if (method !== 'subscribe' && method !== 'unsubscribe') {
      answer({ success: false, error: 'Unsupported method' });
      return;
    }
    if (params.channel !== 'trade') {
      answer({ success: false, error: `Channel ${String(params.channel)} is not supported` });
      return;
    }
    const symbols = textsOf(params.symbol);
    if (method === 'unsubscribe') {
      for (const symbol of symbols) {
        connection.unsubscribe('trade', symbol);
        answer({ result: { channel: 'trade', symbol }, success: true });
      }
      return;
    }
    const snapshot = params.snapshot !== false;
    const refused = symbols.filter((symbol) => !this.offers(symbol));
    for (const symbol of refused) {
      answer({ error: `Currency pair not supported ${symbol}`, success: false, symbol });
    }
    if (refused.length > 0 && this.options.refusesWhole) return;
    for (const symbol of symbols) {
      if (refused.includes(symbol)) continue;
      connection.subscribe('trade', symbol);
      answer({ result: { channel: 'trade', symbol, snapshot }, success: true });
      if (snapshot) this.sendSnapshot(connection, symbol);
    }
  }

  protected complain(connection: Connection): void {
    const time = isoText(this.market.clock.nowMicros());
    connection.send(JSON.stringify({ error: 'Malformed request', success: false, time_in: time, time_out: time }));
  }

  private sendSnapshot(connection: Connection, pair: string): void {
    const tape = this.market.tape(pair);
    const rows: Row[] = [];
    for (let end = tape.end; rows.length < snapshotRows && end > tape.first; end -= snapshotRows) {
      rows.unshift(...tape.rows(end - snapshotRows, end));
    }
    const data = rows.slice(-snapshotRows).map((row) => describeTrade(tape, row));
    connection.send(`{"channel":"trade","type":"snapshot","data":[${data.join(',')}]}`);
  }
}

/** One message; more where some of its trades go out in a wrong form, or twice. */
function describeUpdates(tape: Tape, sendings: Sending[]): string[] {
  const wrong = sendings.filter(({ as }) => as === 'malformed' || as === 'replaced');
  const texts: string[] = wrong.map((sending) =>
    sending.as === 'malformed'
      ? cutOff(describeUpdate([describeTrade(tape, sending)]))
      : '{"error":"Internal server error","success":false}',
  );
  const once = new Set<number>();
  const again: Sending[] = [];
  const data: string[] = [];
  for (const sending of sendings) {
    if (wrong.includes(sending)) continue;
    // A trade is never twice in one message: the whole message comes again.
    if (once.has(sending.index)) again.push(sending);
    else data.push(describeTrade(tape, sending));
    once.add(sending.index);
  }
  if (data.length > 0) texts.push(describeUpdate(data));
  if (again.length > 0) texts.push(describeUpdate(again.map((sending) => describeTrade(tape, sending))));
  return texts;
}

function describeUpdate(data: string[]): string {
  return `{"channel":"trade","type":"update","data":[${data.join(',')}]}`;
}

function describeTrade(tape: Tape, row: Sending): string {
  const { pair, priceDigits, quantityDigits } = tape.product;
  const price = row.as === 'mispriced' ? '"abc"' : decimalText(row.ticks, priceDigits);
  const type = row.index % 3 === 0 ? 'limit' : 'market';
  return `{"symbol":"${pair}","side":"${row.bought ? 'buy' : 'sell'}","price":${price},"qty":${decimalText(row.units, quantityDigits)},"ord_type":"${type}","trade_id":${tape.idOf(row.index)},"timestamp":"${isoText(row.micros)}"}`;
}
