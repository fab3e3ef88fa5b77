import { money, optional, required, sum, tableProperties } from './columns.ts';
import type { DeclaredTable } from './databases.ts';
import type { Column } from './schema.ts';

const coin: Column[] = [
  required('asset_id', 'string', 'base of the pair, such as BTC'),
  required('asset_type', 'string', 'quote currency of the pair, such as USD'),
];

/** Silver: cleaned and complete, one row for each fact. */
const quoteMinutes: DeclaredTable = {
  layer: 'silver',
  name: 'quote_minute',
  columns: [
    ...coin,
    required('start_window', 'timestamptz', 'start of the minute, inclusive'),
    required('end_window', 'timestamptz', 'end of the minute, exclusive'),
    required(
      'state',
      'string',
      'traded, quoted (the source made a bar from quotes, nobody traded), carried (known to be without a bar), missing (nobody knows)',
    ),
    optional('price_crypto', money, 'close of the minute; of a carried one the last close; of a missing one null'),
    optional('open_price', money, 'first price, traded or quoted; of a carried minute the last close'),
    optional('high_price', money, 'highest price; of a carried minute the last close'),
    optional('low_price', money, 'lowest price; of a carried minute the last close'),
    optional('volume', sum, 'quantity traded, 0 of a quoted or carried minute, null of a missing one'),
    optional('vwap', money, 'volume-weighted average price, null when the source has none'),
    optional('trade_count', 'long', 'trades in the minute, null when the source has none'),
    optional('source', 'string', 'where the price came from, null of a missing minute'),
    required('ref_date', 'date', 'UTC date of start_window'),
    optional(
      'last_traded',
      'timestamptz',
      'the last known minute with a trade, this one or an earlier one; null before the first',
    ),
    required('last_price', money, 'the last known close, traded or quoted'),
    required('last_source', 'string', 'where that came from'),
    optional('bar_revision', 'long', 'revision of the bar of a traded or quoted minute'),
    optional(
      'last_priced',
      'timestamptz',
      'the minute of last_price; null in a row of a version before, where it is last_traded',
    ),
    optional(
      'complete',
      'boolean',
      'of its bar: false while the minute runs or trades of it are missing; null without a bar, or where the source does not say',
    ),
    optional('bar_asset_id', 'string', 'the name that its bar came under, where the coin was renamed since; else null'),
  ],
  identifier: ['asset_id', 'asset_type', 'start_window'],
  partition: [{ transform: 'day', column: 'start_window' }],
  sort: ['asset_id', 'asset_type', 'start_window'],
  properties: tableProperties,
};

const valuedTrades: DeclaredTable = {
  layer: 'silver',
  name: 'trade_valued',
  columns: [
    required('transaction_id', 'string', 'unique, time-ordered (UUIDv7)'),
    required('document_id', 'string', 'the user'),
    ...coin,
    required('transaction_timestamp', 'timestamptz', 'when the trade was made'),
    required('trade_type', 'string', 'BUY or SELL'),
    required('quantity', money, 'in units of asset_id, above 0'),
    optional('price_crypto', money, 'price of its minute, null while it is pending'),
    optional('value', sum, 'quantity * price_crypto, rounded half up to 12 places; null while it is pending'),
    required(
      'price_state',
      'string',
      'exact (its minute was traded), quoted (by a quote of its minute, in which nobody traded), provisional (the bar of its minute is not complete, the price may change), carried, pending (no price of its minute yet)',
    ),
    optional('price_source', 'string', 'where the price came from'),
    required('source', 'string', 'trader (simulated), user, unknown'),
    required('ref_date', 'date', 'UTC date of transaction_timestamp'),
  ],
  identifier: ['transaction_id'],
  partition: [{ transform: 'day', column: 'transaction_timestamp' }],
  sort: ['transaction_id'],
  properties: tableProperties,
};

/** Gold: what people query. */
const candles: DeclaredTable = {
  layer: 'gold',
  name: 'candle',
  columns: [
    ...coin,
    required('period', 'string', '5m, 15m, 1h, 4h, 1d'),
    required('start_window', 'timestamptz', 'start of the candle, inclusive, in UTC'),
    required('end_window', 'timestamptz', 'end of the candle, exclusive'),
    optional(
      'open_price',
      money,
      'first price of the traded and quoted minutes; without any, the carried price; else null',
    ),
    optional('high_price', money, 'highest price of these minutes; prices_from says whether quotes are in it'),
    optional('low_price', money, 'lowest price of these minutes; prices_from says whether quotes are in it'),
    optional('close_price', money, 'last price of these minutes'),
    optional('volume', sum, 'quantity traded, null when every minute is missing'),
    optional('vwap', money, 'turnover / vwap_volume, rounded half up to 12 places'),
    optional('turnover', sum, 'sum of vwap * volume of the minutes that have one, each rounded half up to 12 places'),
    required('vwap_volume', sum, 'quantity traded in these minutes'),
    optional('trade_count', 'long', 'trades in the minutes that say so, null when none does'),
    required('minutes_traded', 'int', 'minutes with a trade'),
    required('minutes_carried', 'int', 'minutes known to be without a bar'),
    required('minutes_missing', 'int', 'minutes that nobody knows'),
    required('closed', 'boolean', 'a minute after its end is known, and no bar in it is still to be completed'),
    optional('sources', 'string', 'where its prices came from, separated by commas'),
    required('ref_date', 'date', 'UTC date of start_window'),
    required('minutes_quoted', 'int', 'minutes with a bar from quotes, in which nobody traded'),
    optional(
      'prices_from',
      'string',
      'what the prices are made of: trades, quotes or quotes,trades; carried; null when every minute is missing',
    ),
  ],
  identifier: ['asset_id', 'asset_type', 'period', 'start_window'],
  partition: [{ transform: 'day', column: 'start_window' }],
  sort: ['asset_id', 'asset_type', 'period', 'start_window'],
  properties: tableProperties,
};

const tradeVolumes: DeclaredTable = {
  layer: 'gold',
  name: 'trade_volume',
  columns: [
    ...coin,
    required('period', 'string', '1m, 1h'),
    required('start_window', 'timestamptz', 'start of the period, inclusive'),
    required('end_window', 'timestamptz', 'end of the period, exclusive'),
    required('trades', 'long', 'trades of people in it'),
    required('traders', 'long', 'people who made them'),
    required(
      'unvalued_trades',
      'long',
      'of the trades, those without a price yet: in the quantities, not in the values',
    ),
    optional('bought_quantity', sum, 'in units of asset_id'),
    optional('sold_quantity', sum, 'in units of asset_id'),
    optional('net_quantity', sum, 'bought less sold'),
    optional('bought_value', sum, 'in units of asset_type'),
    optional('sold_value', sum, 'in units of asset_type'),
    optional('net_value', sum, 'bought less sold'),
    required('ref_date', 'date', 'UTC date of start_window'),
  ],
  identifier: ['asset_id', 'asset_type', 'period', 'start_window'],
  partition: [{ transform: 'day', column: 'start_window' }],
  sort: ['asset_id', 'asset_type', 'period', 'start_window'],
  properties: tableProperties,
};

const positions: DeclaredTable = {
  layer: 'gold',
  name: 'position',
  columns: [
    required('document_id', 'string', 'the user'),
    ...coin,
    optional('holding', sum, 'bought less sold; below 0 when more was sold than held'),
    optional(
      'average_cost',
      sum,
      'what a unit of the holding cost, or brought when it is below 0; null without a holding',
    ),
    optional('cost', sum, 'what the holding cost; below 0 as the holding'),
    optional('realised', sum, 'result of what was closed again'),
    optional('last_price', money, 'last known close of the coin'),
    optional('unrealised', sum, 'holding * last_price less cost'),
    required('trades', 'long', 'valued trades, the ones it is made of'),
    required('pending_trades', 'long', 'trades without a price yet: not in it'),
    required('last_trade', 'timestamptz', 'when the last of all these trades was made'),
    required('base_until', 'timestamptz', 'trades before it are in the base; the engine adds the later ones to it'),
    required('base_holding', sum, 'holding from the trades before'),
    required('base_cost', sum, 'cost from the trades before'),
    required('base_realised', sum, 'realised result from the trades before'),
    required('base_trades', 'long', 'valued trades before'),
    required('base_pending', 'long', 'pending trades before'),
  ],
  identifier: ['document_id', 'asset_id', 'asset_type'],
  partition: [],
  sort: ['document_id', 'asset_id', 'asset_type'],
  properties: tableProperties,
};

/** Tables that the job `lake-layers` derives from those of the bronze layer. */
export const layerTables: readonly DeclaredTable[] = [quoteMinutes, valuedTrades, candles, tradeVolumes, positions];
