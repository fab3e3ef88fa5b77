import { join } from 'node:path';
import { keepDays } from '../lake/maintenance.ts';
import type { RawSettings } from './schema.ts';

/** The default of every setting. `home` and `env` give the folders, by the XDG base directory rules. */
export function defaultSettings(env: NodeJS.ProcessEnv, home: string): RawSettings {
  return {
    target: 'local',
    coins: ['BTC/USD', 'LTC/USD'],
    renamed: [],
    source: 'auto',
    quotes: { poll: '5s', history: '24h', rate: 0, speed: 1, seed: 1 },
    trades: { rate: 0.2, users: 100, seed: 1 },
    market: {
      coinbase: { stream: 'wss://ws-feed.exchange.coinbase.com', url: 'https://api.exchange.coinbase.com' },
      kraken: { stream: 'wss://ws.kraken.com/v2', url: 'https://api.kraken.com' },
      alpaca: { stream: 'wss://stream.data.alpaca.markets/v1beta3/crypto/us' },
      bars: [],
      keep: keepDays.marketTrades,
    },
    triggers: { quotes: '0.7s', trades: '1.1s', market: '0.65s', search: '0.4s', layers: '5s' },
    durability: { topics: '1s' },
    topics: { size: '4GB', partitions: 2 },
    batches: { tables: 30_000, search: 10_000 },
    spark: { cores: 2 },
    ports: { kafka: 29_092, controller: 29_093, elasticsearch: 29_200, dashboard: 29_080 },
    access: { broker: 'credential', search: 'credential', dashboard: 'credential' },
    memory: { kafka: 256, elasticsearch: 256, spark: 512, producer: 48 },
    paths: {
      data: join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'cryptodm'),
      cache: join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'cryptodm'),
    },
    terminal: { pager: true },
    alpaca: { url: 'https://data.alpaca.markets' },
    coinapi: { url: 'https://rest.coinapi.io' },
    alerts: {},
    aws: {
      region: 'us-east-1',
      databasePrefix: '',
      timeToLive: '8h',
      state: 's3',
      monthlyBudget: 100,
      queryLimitGb: 10,
      macie: false,
      crawler: false,
      upkeep: 'athena',
      brokers: { type: 'kafka.t3.small', version: '3.8.x', count: 3, storageGb: 20 },
      producers: 'host',
      containers: { architecture: 'amd64' },
      host: { type: 't4g.small', sshTimeout: '5m', connection: 'ssh' },
      emr: {
        ...{ release: 'emr-7.12.0', primary: 'm6g.xlarge', core: 'm6g.xlarge', coreCount: 1 },
        ...{ executorCores: 1, executorMemory: 512 },
      },
      triggers: { tables: '15s', search: '5s', layers: '1m' },
    },
    elastic: { cloud: { version: '8.19', size: '1g' } },
  };
}

/** Settings without a default. */
export const optionalSettings = [
  ['alpaca', 'keys'],
  ['aws', 'prefix'],
  ['aws', 'profile'],
  ['aws', 'email'],
  ['aws', 'caller'],
  ['aws', 'containers', 'image'],
  ['aws', 'emr', 'executors'],
  ['elastic', 'url'],
  ['elastic', 'cloud', 'region'],
];

/** Where messages of alarms go: also without a default, and only the supervisor uses them. */
export const alertSettings = [
  ['alerts', 'webhook'],
  ['alerts', 'command'],
];

/** Settings whose value may be a secret: no message shows it and no file of the lake holds it. */
export const secretSettings = [['alerts', 'webhook']];
