import { runQuery } from './query/query.ts';
import type { LocalLake } from './lake.ts';
import { requireAccepted } from './produce.ts';
import { requestSearch } from '../tools/search-request.ts';
import { awaitAnswer, onceIn } from '../tools/waiting.ts';
import { readTablePointers } from './tables/catalog.ts';
import { Fault } from '../errors.ts';
import type { Toolchain } from './setup/preparation.ts';
import type { Caller } from '../work.ts';

export interface Candle {
  pair: string;
  price: string;
  elasticsearchSeconds: number;
  icebergSeconds: number;
  /** false when it was there before and nothing new came */
  fresh: boolean;
}

interface Seen {
  pair: string;
  price: string;
  /** milliseconds since the epoch */
  seenAt: number;
}

/** How long to wait for a new row while there are older ones. */
const freshWithinMs = 30_000;
const anyWithinMs = 120_000;

/** How often to look whether the producer has refused to start. */
const producersEveryMs = 500;

/**
 * Waits until a quote is seen in both stores the way users read them: by a search and a SQL query. One that was produced after `started` is
 * preferred; an older one counts when nothing new comes in 30 s, or at once when nothing was changed.
 * @throws Fault of kind `usage` when the producer refuses its source
 */
export async function awaitCandle(
  lake: LocalLake,
  toolchain: Toolchain,
  caller: Caller,
  since: { started: number; fresh: boolean },
): Promise<Candle> {
  const { indexes, tables } = await lake.declaration();
  const isTimeToLook = onceIn(producersEveryMs);
  const look = (newest: () => Promise<Seen | undefined>) =>
    awaitSeen(
      async () => {
        if (isTimeToLook()) requireAccepted(await lake.supervisor.parts());
        return newest();
      },
      caller.signal,
      since,
    );
  const [inSearch, inTable] = await Promise.all([
    look(() => newestDocument(lake, lake.indexName(indexes[0]?.name ?? ''), caller.signal)),
    look(tableReader(lake, toolchain, tables[0]?.name ?? '', caller.signal)),
  ]);
  const candle: Candle = {
    pair: inTable.seen.pair,
    price: inTable.seen.price,
    elasticsearchSeconds: inSearch.seconds,
    icebergSeconds: inTable.seconds,
    fresh: inSearch.fresh && inTable.fresh,
  };
  const { elasticsearchSeconds, icebergSeconds, fresh } = candle;
  // The times of a lake that was up already mean nothing.
  const times = since.fresh ? { elasticsearchSeconds, icebergSeconds } : {};
  caller.onEvent({ event: 'candle', pair: candle.pair, price: candle.price, ...times, fresh: fresh || !since.fresh });
  return candle;
}

async function awaitSeen(
  newest: () => Promise<Seen | undefined>,
  signal: AbortSignal,
  since: { started: number; fresh: boolean },
): Promise<{ seen: Seen; seconds: number; fresh: boolean }> {
  const began = Date.now();
  const found = await awaitAnswer(
    async () => {
      const seen = await newest();
      if (seen === undefined) return undefined;
      const fresh = seen.seenAt >= since.started;
      if (!fresh && since.fresh && Date.now() - began < freshWithinMs) return undefined;
      return { seen, seconds: (Date.now() - since.started) / 1000, fresh };
    },
    { withinMs: anyWithinMs, everyMs: 100, signal },
  );
  if (found !== undefined) return found;
  throw new Fault('part', `no quote was seen in both stores within ${String(anyWithinMs / 1000)} s`, {
    next: 'See "cryptodm status" and "cryptodm logs producer-quotes".',
  });
}

async function newestDocument({ search }: LocalLake, index: string, signal: AbortSignal): Promise<Seen | undefined> {
  const query = new URLSearchParams({
    size: '1',
    sort: 'seen_at:desc',
    _source: 'asset_id,asset_type,price_crypto,seen_at',
  });
  const response = await requestSearch(search, `/${index}/_search?${query.toString()}`, { signal }).catch(
    () => undefined,
  );
  if (response?.ok !== true) return undefined;
  const { hits } = (await response.json()) as { hits: { hits: { _source: Record<string, string> }[] } };
  const source = hits.hits[0]?._source;
  if (source === undefined) return undefined;
  return {
    pair: `${source['asset_id'] ?? ''}/${source['asset_type'] ?? ''}`,
    price: String(source['price_crypto']),
    seenAt: Date.parse(source['seen_at'] ?? ''),
  };
}

/** Reads the newest quote with SQL, only when the table has a new commit. */
function tableReader(
  { layout }: LocalLake,
  toolchain: Toolchain,
  table: string,
  signal: AbortSignal,
): () => Promise<Seen | undefined> {
  let lastPointer: string | undefined;
  let last: Seen | undefined;
  return async () => {
    const pointers = await readTablePointers(layout.catalog).catch(() => []);
    const pointer = pointers.find((candidate) => candidate.name === table)?.metadataLocation;
    if (pointer === undefined || pointer === lastPointer) return last;
    lastPointer = pointer;
    const sql = `select asset_id || '/' || asset_type, price_crypto::double::varchar, epoch_ms(seen_at) from ${table} order by seen_at desc limit 1`;
    const request = {
      catalogFile: layout.catalog,
      warehouse: layout.warehouse,
      views: [],
      extensions: toolchain.extensions ?? '',
      sql,
      signal,
    };
    await runQuery(request, {
      columns: () => undefined,
      rows: (rows) => {
        for (const [pair, price, seenAt] of rows)
          last = { pair: String(pair), price: String(price), seenAt: Number(seenAt) };
      },
    });
    return last;
  };
}
