import { askSearch, type KnownSearch } from '../../tools/search-identity.ts';
import type { Room } from './free-space.ts';

/** What may be wrong around the parts although each of them runs. */
export interface Conditions {
  /** of the lake's folder */
  disk: Room | undefined;
  /** undefined when the part is not up */
  brokerAnswers: boolean | undefined;
  search: SearchCondition | undefined;
}

export interface SearchCondition {
  answers: boolean;
  /** what answers is not the node of this lake; nothing else is known then */
  foreign?: boolean;
  /** why writes are refused, in Elasticsearch's own words, such as `index read-only / allow delete (api)` */
  blocks: string[];
  /** a shard that takes writes is missing */
  red: boolean;
}

const lookWithinMs = 2000;

/** Asks the search whether it takes writes; after 2 s without an answer it counts as silent. */
export async function lookAtSearch({ url, lake }: KnownSearch, index: string): Promise<SearchCondition> {
  try {
    const owner = lake === undefined ? undefined : await askSearch(url);
    if (owner !== undefined && owner.lake !== lake) return { answers: true, foreign: true, blocks: [], red: false };
    const [state, health] = await Promise.all([
      ask<{ blocks?: ClusterBlocks }>(`${url}/_cluster/state/blocks`),
      ask<{ status?: string }>(`${url}/_cluster/health/${index}?filter_path=status`),
    ]);
    return { answers: true, blocks: writeBlocks(state.blocks ?? {}, index), red: health.status === 'red' };
  } catch {
    return { answers: false, blocks: [], red: false };
  }
}

/** The answer of `GET /_cluster/state/blocks`: blocks by their number. */
interface ClusterBlocks {
  global?: Record<string, Block>;
  indices?: Record<string, Record<string, Block>>;
}

interface Block {
  description: string;
  levels: string[];
}

function writeBlocks(blocks: ClusterBlocks, index: string): string[] {
  const all = [...Object.values(blocks.global ?? {}), ...Object.values(blocks.indices?.[index] ?? {})];
  return all.filter((block) => block.levels.includes('write')).map((block) => block.description);
}

async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(lookWithinMs) });
  return (await response.json()) as T;
}
