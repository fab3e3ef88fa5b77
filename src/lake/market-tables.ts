import { money, optional, required, sum, tableProperties } from './columns.ts';
import type { DeclaredTable } from './databases.ts';
import { keepProperty } from './maintenance.ts';
import type { Column } from './schema.ts';

const pair: Column[] = [
  required('source', 'string', 'the exchange: coinbase, kraken, alpaca-stream'),
  required('asset_id', 'string', 'base of the pair, such as BTC'),
  required('asset_type', 'string', 'quote currency of the pair, such as USD'),
];

const origin: Column[] = [
  required('seen_at', 'timestamptz', 'when the record was produced to Kafka'),
  required('revision', 'long', 'generation * 2^40 + offset of the record'),
];

/**
 * Trades of exchanges, as they came.
 * @param keptDays after which they are removed; 0: never
 */
export const marketTrades = (keptDays: number): DeclaredTable => ({
  layer: 'bronze',
  name: 'market_trade',
  columns: [
    ...pair,
    required('trade_id', 'long', 'id of the exchange; those of coinbase and kraken count up by one for each pair'),
    required('trade_time', 'timestamptz', 'when the exchange made the trade, in microseconds'),
    required('price', money, 'of one unit of asset_id'),
    required('quantity', money, 'in units of asset_id'),
    optional('side', 'string', 'buy or sell: what the taker did; null when the exchange does not say'),
    required('ref_date', 'date', 'UTC date of trade_time'),
    ...origin,
  ],
  identifier: ['source', 'asset_id', 'asset_type', 'trade_id'],
  partition: [{ transform: 'day', column: 'trade_time' }],
  sort: ['source', 'asset_id', 'asset_type', 'trade_id'],
  properties: { ...tableProperties, [keepProperty]: String(keptDays) },
});

/** Ranges of ids that were missed, and what has become of them. */
export const marketHoles: DeclaredTable = {
  layer: 'bronze',
  name: 'market_hole',
  columns: [
    ...pair,
    required('first_id', 'long', 'first missing id, inclusive'),
    required('last_id', 'long', 'last missing id, inclusive'),
    required('from_time', 'timestamptz', 'time of the trade before them'),
    required('to_time', 'timestamptz', 'time of the trade after them, or of the report that named the last id'),
    required(
      'state',
      'string',
      'open (it is asked for), closed (all of it has come, or smaller holes are reported in its place), absent (the exchange has no such trades)',
    ),
    required('reason', 'string', 'why they were missed or are not there yet'),
    required('ref_date', 'date', 'UTC date of from_time'),
    ...origin,
  ],
  identifier: ['source', 'asset_id', 'asset_type', 'first_id', 'last_id'],
  // Not by a time: a later report of the same range may name another one, and a key must not move between partitions.
  partition: [{ transform: 'identity', column: 'source' }],
  sort: ['source', 'asset_id', 'asset_type', 'first_id', 'last_id'],
  properties: tableProperties,
};

const candle = (whose: string, of: string): Column[] => [
  optional(`${whose}_open`, money, `first price of ${of}`),
  optional(`${whose}_high`, money, 'highest price'),
  optional(`${whose}_low`, money, 'lowest price'),
  optional(`${whose}_close`, money, 'last price'),
  optional(`${whose}_volume`, sum, 'quantity traded, in units of asset_id'),
];

/** Minutes of which our bar and the exchange's own candle differed when they were compared last. */
export const candleDifferences: DeclaredTable = {
  layer: 'bronze',
  name: 'candle_difference',
  columns: [
    ...pair,
    required('start_window', 'timestamptz', 'start of the minute, inclusive'),
    required(
      'cause',
      'string',
      'none (they agree now), hole (trades are missing here), late-trade, incomplete-candle (of the exchange), unexplained',
    ),
    ...candle('our', 'our bar, null without one'),
    ...candle('their', 'the candle of the exchange, null without one'),
    required('ref_date', 'date', 'UTC date of start_window'),
    ...origin,
  ],
  identifier: ['source', 'asset_id', 'asset_type', 'start_window'],
  partition: [{ transform: 'day', column: 'start_window' }],
  sort: ['source', 'asset_id', 'asset_type', 'start_window'],
  properties: tableProperties,
};
