import { layOut } from '../src/local/layout.ts';
import type { TestLake } from '../test/support/lake.ts';
import type { Contender, Store } from './contender.ts';
import { prepareLake } from './interruption.ts';
import { committedOffsets, quoteTable } from './ours.ts';
import { pairOf, partitionOf, partitions } from './quotes.ts';
import { pointerOf, TableReading } from './table-reading.ts';

const topic = 'coinbase-currencies';

/** Starts a lake as a user does; all of its jobs run in the one process that is measured. */
export async function startLake(coins: number): Promise<Contender> {
  const lake = await prepareLake();
  try {
    await lake.run('up', '--no-produce');
    const pid = await lake.pidOf('spark');
    const { parts } = await lake.status();
    const { catalog, warehouse } = layOut(lake.data);
    const reading = await TableReading.open(warehouse);
    return {
      title: 'the whole lake',
      broker: lake.broker,
      topic,
      // The supervisor watches it.
      engine: { pid, startedAt: NaN, check: () => undefined, stop: () => lake.remove() },
      servants: parts.flatMap((part) => (part.pid === undefined || part.id === 'spark' ? [] : [part.pid])),
      stores: [committedOffsets(catalog, topic), newestDocuments(lake, coins)],
      verify: async (expected) =>
        (await reading.verify(await pointerOf(catalog, quoteTable), 'revision', expected, true)).rows,
      stop: async () => {
        reading.close();
        await lake.remove();
      },
    };
  } catch (error) {
    await lake.remove();
    throw error;
  }
}

/** The index, by a search for the newest revision of each partition's coins; a revision contains the offset (docs/contracts.md). */
function newestDocuments(lake: TestLake, coins: number): Store {
  const names = Array.from({ length: partitions }, (_, partition) =>
    Array.from({ length: coins }, (_, coin) => coin)
      .filter((coin) => partitionOf(coin) === partition)
      .map((coin) => pairOf(coin).replace(/\/.*/, '')),
  );
  const ask = async (assets: string[]): Promise<number> => {
    const response = await lake.askSearch('/crypto_quote/_search', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        size: 1,
        sort: [{ revision: 'desc' }],
        _source: ['revision'],
        query: { terms: { asset_id: assets } },
      }),
    });
    const { hits } = (await response.json()) as { hits: { hits: { _source: { revision: number } }[] } };
    const revision = hits.hits[0]?._source.revision;
    return revision === undefined ? 0 : (revision % 2 ** 40) + 1;
  };
  return {
    name: 'Elasticsearch',
    look: async () => JSON.stringify(await Promise.all(names.map((assets) => (assets.length === 0 ? 0 : ask(assets))))),
    ends: (mark) => Promise.resolve(new Map((JSON.parse(mark) as number[]).map((end, partition) => [partition, end]))),
  };
}
