import { join } from 'node:path';
import type { RawSettings } from './schema.ts';

/** The value of every setting that nobody gives. `home` and `env` decide the folders, as the XDG base directory rules say. */
export function defaultSettings(env: NodeJS.ProcessEnv, home: string): RawSettings {
  return {
    target: 'local',
    coins: ['BTC/USD', 'LTC/USD'],
    source: 'auto',
    quotes: { poll: '5s', rate: 0, speed: 1, seed: 1 },
    trades: { rate: 0.2, users: 100, seed: 1 },
    triggers: { quotes: '1s', trades: '1s', search: '1s' },
    ports: { kafka: 29_092, controller: 29_093, elasticsearch: 29_200 },
    memory: { kafka: 256, elasticsearch: 256, spark: 512, producer: 48 },
    paths: {
      data: join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'cryptodm'),
      cache: join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'cryptodm'),
    },
    alpaca: { url: 'https://data.alpaca.markets' },
    coinapi: { url: 'https://rest.coinapi.io' },
  };
}

/** Settings that have no default but may be given. */
export const optionalSettings = [['alpaca', 'keys']];
