import { randomBytes } from 'node:crypto';
import { Fault } from '../errors.ts';
import type { LocalLake } from './lake.ts';
import { requireBroker } from './requirements.ts';
import { topicBytes } from './status/backlog.ts';
import { newestName, newestPair, type Renamed } from '../lake/renames.ts';
import { sendRecords } from '../tools/kafka.ts';
import { megabytes } from '../tools/phrases.ts';
import { pausesAt } from '../tools/topic-backlog.ts';

export interface TradeOrder {
  type: 'BUY' | 'SELL';
  /** base or pair: `BTC`, `BTC/USD` */
  coin: string;
  /** decimal text, in units of the coin */
  quantity: string;
  user: string;
}

/** A trade as the topic carries it, see `docs/contracts.md`. */
export interface TradeEvent {
  transaction_id: string;
  document_id: string;
  asset_id: string;
  asset_type: string;
  transaction_timestamp: string;
  trade_type: 'BUY' | 'SELL';
  quantity: number;
  ref_date: string;
}

/** As `TradeParser` of the JVM side has it, in UTF-16 code units. */
const longestUser = 200;

/** The coins that a trade may name. */
export interface TradedCoins {
  /** pairs that the lake follows */
  coins: readonly string[];
  renamed: Renamed;
}

/** Makes the event of a user's own trade. @throws Fault of kind `usage` for an unknown coin, a wrong quantity or user */
export function makeTrade(
  order: TradeOrder,
  { coins, renamed }: TradedCoins,
  now: Date,
): { event: TradeEvent; json: string } {
  const wanted = order.coin.toUpperCase();
  // A former name means the coin that it is now, unless the lake follows both.
  const pair = followed(coins, wanted) ?? followed(coins, newestIn(renamed, wanted));
  if (pair === undefined) {
    throw new Fault('usage', `unknown coin ${order.coin}`, {
      next: `The lake has ${coins.join(', ')}; add another with --coins at "cryptodm up".`,
    });
  }
  if (order.user.trim() === '' || order.user.length > longestUser) {
    throw new Fault('usage', `the user must have 1 to ${String(longestUser)} characters, not only blanks`, {
      where: '--user',
    });
  }
  // Twelve digits on either side of the point is what the tables hold.
  if (!/^\d{1,12}(\.\d{1,12})?$/.test(order.quantity) || Number(order.quantity) === 0) {
    throw new Fault(
      'usage',
      `quantity ${order.quantity} is not a number above 0 with at most 12 digits on either side of the point`,
      {
        next: 'For example: cryptodm trade buy BTC 0.25',
      },
    );
  }
  const [asset = '', currency = ''] = pair.split('/');
  const time = now.toISOString();
  const event: TradeEvent = {
    transaction_id: uuid7(now),
    document_id: order.user,
    asset_id: asset,
    asset_type: currency,
    transaction_timestamp: time,
    trade_type: order.type,
    quantity: Number(order.quantity),
    ref_date: time.slice(0, 10),
  };
  // The digits as the person typed them: a binary floating-point number could change the last ones.
  const json = JSON.stringify({ ...event, quantity: '\u0000' }).replace(
    /"(\\u0000)"/,
    order.quantity.replace(/^0+(?=\d)/, ''),
  );
  return { event, json };
}

/** @param wanted base or pair */
function followed(coins: readonly string[], wanted: string): string | undefined {
  return coins.find((pair) => pair === wanted) ?? coins.find((pair) => pair.split('/')[0] === wanted);
}

function newestIn(renamed: Renamed, wanted: string): string {
  return wanted.includes('/') ? newestPair(renamed, wanted) : newestName(renamed, wanted);
}

/** Sends the trade to the topic of trades. Resolves once all replicas have it. @throws Fault of kind `part` unless the lake is up */
export async function sendTrade(
  lake: LocalLake,
  trade: { event: TradeEvent; json: string },
): Promise<{ partition: number; offset: number }> {
  await requireBroker(lake);
  const { topics } = await lake.declaration();
  const topic = topics.find(({ id }) => id === 'trades')?.name ?? '';
  requireRoom(lake, topic);
  const [sent] = await sendRecords(lake.broker, topic, [
    { key: trade.event.document_id, value: trade.json, headers: { source: 'user' } },
  ]);
  return sent ?? { partition: -1, offset: -1 };
}

/** The rule of the producers: the rest of a topic is for what is under way. @throws Fault of kind `part` while the topic is nearly full */
function requireRoom({ layout, settings }: LocalLake, topic: string): void {
  const { size } = settings.topics;
  const bytes = topicBytes(layout.kafkaLog, topic);
  if (bytes < pausesAt * size) return;
  throw new Fault('part', `${topic} holds ${megabytes(bytes)} of at most ${megabytes(size)}: the trade was not sent`, {
    where: topic,
    next: 'Wait until the jobs have taken what is there: "cryptodm status" names the one that is behind.',
  });
}

/** Time-ordered unique id, RFC 9562 section 5.7. */
export function uuid7(now: Date): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now.getTime(), 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
