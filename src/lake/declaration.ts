import { alarms } from './alarms.ts';
import { money, optional, required, sum, tableProperties } from './columns.ts';
import { coinPrice } from './coins.ts';
import { databasesOf, tableIn, tableName, type Databases, type DeclaredTable } from './databases.ts';
import { layerTables } from './layer-tables.ts';
import { keepDays } from './maintenance.ts';
import { candleDifferences, marketHoles, marketTrades } from './market-tables.ts';
import type { Renamed } from './renames.ts';
import { lakeSchema, type Lake } from './schema.ts';
import { lakeViews } from './views.ts';

const quotes: DeclaredTable = {
  layer: 'bronze',
  name: 'crypto_quote',
  columns: [
    required('asset_id', 'string', 'base of the pair, such as BTC'),
    required('asset_type', 'string', 'quote currency of the pair, such as USD'),
    required('start_window', 'timestamptz', 'start of the minute, inclusive'),
    required('end_window', 'timestamptz', 'end of the minute, exclusive'),
    required('price_crypto', money, 'close of the minute'),
    required('ref_date', 'date', 'UTC date of start_window'),
    required('open_price', money, 'first price of the minute'),
    required('high_price', money, 'highest price of the minute'),
    required('low_price', money, 'lowest price of the minute'),
    required('volume', sum, 'quantity traded, in units of asset_id'),
    optional('vwap', money, 'volume-weighted average price, null when the source has none'),
    optional('trade_count', 'long', 'trades in the minute, null when the source has none'),
    required(
      'source',
      'string',
      'where the bar came from: alpaca, alpaca-history, an exchange such as coinbase, its candles such as coinbase-candles, simulate, replay, unknown',
    ),
    required('seen_at', 'timestamptz', 'when the record was produced to Kafka'),
    required('revision', 'long', 'generation * 2^40 + offset of the record'),
    optional(
      'complete',
      'boolean',
      'false while its minute runs or trades of it are missing; null where the source does not say',
    ),
  ],
  identifier: ['asset_id', 'asset_type', 'start_window'],
  partition: [{ transform: 'day', column: 'start_window' }],
  sort: ['asset_id', 'asset_type', 'start_window'],
  properties: tableProperties,
};

const trades: DeclaredTable = {
  layer: 'bronze',
  name: 'crypto_trader',
  columns: [
    required('transaction_id', 'string', 'unique, time-ordered (UUIDv7)'),
    required('document_id', 'string', 'the user'),
    required('asset_id', 'string', 'base of the pair'),
    required('asset_type', 'string', 'quote currency of the pair'),
    required('transaction_timestamp', 'timestamptz', 'when the trade was made'),
    required('trade_type', 'string', 'BUY or SELL'),
    required('quantity', money, 'in units of asset_id, above 0'),
    required('ref_date', 'date', 'UTC date of transaction_timestamp'),
    required('source', 'string', 'trader (simulated), user, unknown'),
    required('seen_at', 'timestamptz', 'when the record was produced to Kafka'),
    required('revision', 'long', 'generation * 2^40 + offset of the record'),
  ],
  identifier: ['transaction_id'],
  partition: [{ transform: 'day', column: 'transaction_timestamp' }],
  sort: ['transaction_id'],
  properties: tableProperties,
};

const assets: DeclaredTable = {
  layer: 'bronze',
  name: 'crypto_assets',
  columns: [
    required('asset_id', 'string', 'coin, such as BTC'),
    required('url', 'string', 'address of its icon'),
    required('load_date', 'date', 'UTC date of the load that brought this address'),
  ],
  identifier: ['asset_id'],
  partition: [],
  sort: ['asset_id'],
  properties: tableProperties,
};

const badRecords: DeclaredTable = {
  layer: 'bronze',
  name: 'bad_record',
  columns: [
    required('topic', 'string', 'topic of the record'),
    required('partition', 'int', 'its partition'),
    required('offset', 'long', 'its offset'),
    required('generation', 'long', 'generation of the topic'),
    required('reason', 'string', 'what is wrong with it'),
    optional('record_key', 'binary', 'its key as it came'),
    optional('payload', 'binary', 'its value as it came'),
    required('source', 'string', 'its source header'),
    required('seen_at', 'timestamptz', 'when the record was produced to Kafka'),
  ],
  identifier: ['topic', 'generation', 'partition', 'offset'],
  partition: [{ transform: 'day', column: 'seen_at' }],
  sort: ['topic', 'generation', 'partition', 'offset'],
  properties: tableProperties,
};

const quoteCoverage: DeclaredTable = {
  layer: 'bronze',
  name: 'quote_coverage',
  columns: [
    required('asset_id', 'string', 'base of the pair, such as BTC'),
    required('asset_type', 'string', 'quote currency of the pair, such as USD'),
    required('start_window', 'timestamptz', 'start of the first watched minute, inclusive'),
    required('end_window', 'timestamptz', 'end of the last watched minute, exclusive; within the day of start_window'),
    required(
      'state',
      'string',
      'observed or history: a minute without a bar had no trade; source-down: it was missed; refused: the source gave a bar that is none',
    ),
    required('ref_date', 'date', 'UTC date of start_window'),
    required('source', 'string', 'source of the bars it is about, as in crypto_quote'),
    required('seen_at', 'timestamptz', 'when the record was produced to Kafka'),
    required('revision', 'long', 'generation * 2^40 + offset of the record'),
  ],
  identifier: ['asset_id', 'asset_type', 'start_window', 'state'],
  partition: [{ transform: 'day', column: 'start_window' }],
  sort: ['asset_id', 'asset_type', 'start_window', 'state'],
  properties: tableProperties,
};

/**
 * The lake that every target makes: what it holds and what moves in it, never where it runs.
 * @param databasePrefix first part of every database name, so that two lakes can share a catalog
 */
export function declareLake(pairs: readonly string[], databasePrefix = '', choices: Partial<LakeChoices> = {}): Lake {
  const { tradeDays = keepDays.marketTrades, renamed = {}, partitions = 2 } = choices;
  // It is checked once: code generated for the check at run time would cost more than it saves.
  return lakeSchema.parse(declare(pairs, databasesOf(databasePrefix), { tradeDays, renamed, partitions }), {
    jitless: true,
  });
}

/** What a lake may have otherwise than usual. */
export interface LakeChoices {
  /** for how long trades of exchanges are kept; 0: for ever */
  tradeDays: number;
  /** the later name of each coin that got one */
  renamed: Renamed;
  /** of each topic that jobs read */
  partitions: number;
}

function declare(pairs: readonly string[], databases: Databases, { tradeDays, renamed, partitions }: LakeChoices) {
  const exchangeTrades = marketTrades(tradeDays);
  const tables = [
    ...[quotes, trades, assets, badRecords, quoteCoverage],
    ...[exchangeTrades, marketHoles, candleDifferences],
    ...layerTables,
  ];
  const nameOf = (table: DeclaredTable) => tableName(table, databases);
  return {
    name: 'crypto-lake',
    coins: pairs.map((pair) => ({ pair, price: coinPrice(pair) })),
    renamed: { ...renamed },
    topics: [
      { id: 'quotes', name: 'coinbase-currencies', partitions, retentionDays: 7 },
      { id: 'trades', name: 'coinbase-trades', partitions, retentionDays: 7 },
      { id: 'market', name: 'market-trades', partitions, retentionDays: 7 },
      { id: 'bad', name: 'coinbase-bad-records', partitions: 1, retentionDays: 7 },
    ],
    tables: tables.map((table) => tableIn(table, databases)),
    views: lakeViews(databases, renamed),
    indexes: [{ name: 'crypto_quote', alias: 'CRYPTO_QUOTE', table: nameOf(quotes), decimals: 'double' }],
    jobs: [
      {
        id: 'quotes-iceberg',
        title: 'quotes → Iceberg',
        kind: 'quotes-to-table',
        jar: 'KafkaConsumerCryptoS3-1.0.jar',
        mainClass: 'io.cryptodm.jobs.KafkaConsumerCryptoS3',
        topic: 'quotes',
        table: nameOf(quotes),
        badTable: nameOf(badRecords),
        coverageTable: nameOf(quoteCoverage),
        maxOffsetsPerTrigger: 100_000,
      },
      {
        id: 'trades-iceberg',
        title: 'trades → Iceberg',
        kind: 'trades-to-table',
        jar: 'KafkaConsumerTraderS3-1.0.jar',
        mainClass: 'io.cryptodm.jobs.KafkaConsumerTraderS3',
        topic: 'trades',
        table: nameOf(trades),
        badTable: nameOf(badRecords),
        maxOffsetsPerTrigger: 100_000,
      },
      {
        id: 'market-iceberg',
        title: 'market trades → Iceberg',
        kind: 'market-to-table',
        jar: 'KafkaConsumerMarketS3-1.0.jar',
        mainClass: 'io.cryptodm.jobs.KafkaConsumerMarketS3',
        topic: 'market',
        table: nameOf(exchangeTrades),
        badTable: nameOf(badRecords),
        holeTable: nameOf(marketHoles),
        candleTable: nameOf(candleDifferences),
        maxOffsetsPerTrigger: 100_000,
      },
      {
        id: 'quotes-elasticsearch',
        title: 'quotes → Elasticsearch',
        kind: 'quotes-to-index',
        jar: 'KafkaConsumerCryptoElastic-1.0.jar',
        mainClass: 'io.cryptodm.jobs.KafkaConsumerCryptoElastic',
        topic: 'quotes',
        index: 'crypto_quote',
        maxOffsetsPerTrigger: 50_000,
      },
      {
        id: 'lake-layers',
        title: 'bronze → silver, gold',
        kind: 'tables-to-layers',
        jar: 'LakeLayers-1.0.jar',
        mainClass: 'io.cryptodm.jobs.LakeLayersJob',
        inputs: [nameOf(quotes), nameOf(quoteCoverage), nameOf(trades)],
      },
    ],
    producers: [
      { id: 'quotes', jar: 'ProducerCrypto-1.0.jar', topic: 'quotes' },
      { id: 'trades', jar: 'ProducerTrader-1.0.jar', topic: 'trades' },
    ],
    schedules: [
      { id: 'assets', every: 'day', at: '05:30' },
      // Before the icons of that day.
      { id: 'optimize', every: 'week', on: 'sunday', at: '04:00' },
    ],
    alarms: [...alarms],
  } satisfies Lake;
}
