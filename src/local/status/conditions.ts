import { askSearch, type KnownSearch } from '../../tools/search-identity.ts';
import { requestSearch } from '../../tools/search-request.ts';
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
  /** it does not accept the credential of the lake; nothing else is known then */
  refused?: boolean;
  /** why writes are refused, in Elasticsearch's own words, such as `index read-only / allow delete (api)` */
  blocks: string[];
  /** a shard that takes writes is missing */
  red: boolean;
}

const lookWithinMs = 2000;

/** Asks the search whether it takes writes; after 2 s without an answer it counts as silent. */
export async function lookAtSearch(search: KnownSearch, index: string): Promise<SearchCondition> {
  const { url, lake } = search;
  const ask = async (path: string) => requestSearch(search, path, { signal: AbortSignal.timeout(lookWithinMs) });
  try {
    const owner = lake === undefined ? undefined : await askSearch(url);
    if (owner !== undefined && owner.lake !== lake) return { answers: true, foreign: true, blocks: [], red: false };
    const [state, health] = await Promise.all([
      ask('/_cluster/state/blocks'),
      ask(`/_cluster/health/${index}?filter_path=status`),
    ]);
    if (state.status === 401) return { answers: true, refused: true, blocks: [], red: false };
    const { blocks = {} } = (await state.json()) as { blocks?: ClusterBlocks };
    const { status } = (await health.json()) as { status?: string };
    return { answers: true, blocks: writeBlocks(blocks, index), red: status === 'red' };
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
