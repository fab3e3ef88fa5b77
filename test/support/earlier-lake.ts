import { join } from 'node:path';
import { unpackMoved } from './moved-files.ts';

/**
 * The folder of a lake on this machine as version 0.1.0 left it with a journal of version 1: raised with
 * `up --source simulate --coins BTC/USD,LTC/USD`, then every process killed at once. Left out are logs, temporary files and Kafka's index
 * files, which it writes again; paths of the machine it ran on are replaced. It holds 2 quotes and 4 trades, all of them in the tables.
 */
export function placeEarlierLake(): { root: string; parent: string } {
  return unpackMoved({
    file: join(import.meta.dirname, '..', 'fixtures', 'take-over', 'lake-1.tgz'),
    written: `/tmp/cryptodm-lake-${'x'.repeat(96)}`,
  });
}
