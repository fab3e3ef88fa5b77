import {
  conflictingFields,
  isNumbered,
  liveIndex,
  missingFields,
  parseIndexes,
  type IndexFill,
  type Mappings,
} from '../../tools/index-state.ts';
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
  /** what becomes of the index of quotes; absent in the answer of an earlier supervisor, or when it can't be asked */
  index?: IndexCondition;
}

export interface IndexCondition {
  /** there is none; nothing else is known then */
  missing: boolean;
  closed: boolean;
  /** where its mapping is not the declared one, such as `price_crypto is keyword instead of double` */
  differences: string[];
  /** how far it is, while it is being filled from the table */
  fill?: IndexFill | undefined;
  /** an index that is to take its place, and that a rebuild has begun */
  begun?: { name: string; fill: IndexFill } | undefined;
}

const lookWithinMs = 2000;

/** A request to the node. @param path such as `/_cluster/health` */
type Ask = (path: string) => Promise<Response>;

/**
 * Asks the search whether it takes writes; after 2 s without an answer it counts as silent.
 * @param index its name, and what its mapping must be
 */
export async function lookAtSearch(
  search: KnownSearch,
  index: { name: string; mappings: Mappings },
): Promise<SearchCondition> {
  const { url, lake } = search;
  const ask: Ask = async (path) => requestSearch(search, path, { signal: AbortSignal.timeout(lookWithinMs) });
  try {
    const owner = lake === undefined ? undefined : await askSearch(url);
    if (owner !== undefined && owner.lake !== lake) return { answers: true, foreign: true, blocks: [], red: false };
    const state = await ask('/_cluster/state/blocks');
    if (state.status === 401) return { answers: true, refused: true, blocks: [], red: false };
    const [{ blocks: all = {} }, { live, condition }] = await Promise.all([
      state.json() as Promise<{ blocks?: ClusterBlocks }>,
      lookAtIndex(ask, index),
    ]);
    // Of an index that is not there, the node would wait half a minute for one.
    const health = live === undefined ? undefined : await ask(`/_cluster/health/${live}?filter_path=status`);
    const { status } = ((await health?.json()) ?? {}) as { status?: string };
    // A closed index is named as such.
    const blocks = writeBlocks(all, condition?.closed === true ? undefined : live);
    return { answers: true, blocks, red: status === 'red', ...(condition && { index: condition }) };
  } catch {
    return { answers: false, blocks: [], red: false };
  }
}

/** The index that answers and the one that is to take its place. */
async function lookAtIndex(
  ask: Ask,
  { name, mappings }: { name: string; mappings: Mappings },
): Promise<{ live?: string; condition?: IndexCondition }> {
  const options = 'ignore_unavailable=true&allow_no_indices=true&expand_wildcards=all';
  const answer = (await (await ask(`/${name},${name}-*?${options}`)).json()) as Record<string, unknown>;
  // Its metadata is blocked.
  if ('error' in answer) return { live: name };
  const indexes = parseIndexes(answer);
  const live = liveIndex(indexes, name);
  const [unfinished] = indexes.flatMap((its) =>
    its !== live && isNumbered(its.name, name) && its.fill !== undefined ? [{ name: its.name, fill: its.fill }] : [],
  );
  const begun = unfinished && { begun: unfinished };
  if (live === undefined) return { condition: { missing: true, closed: false, differences: [], ...begun } };
  const lacking = missingFields(mappings, live.mappings).map((field) => `${field} is missing`);
  const differences = [...lacking, ...conflictingFields(mappings, live.mappings)];
  const fill = live.fill && { fill: live.fill };
  return { live: live.name, condition: { missing: false, closed: live.isClosed, differences, ...fill, ...begun } };
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

function writeBlocks(blocks: ClusterBlocks, index: string | undefined): string[] {
  const ofIndex = index === undefined ? {} : (blocks.indices?.[index] ?? {});
  const all = [...Object.values(blocks.global ?? {}), ...Object.values(ofIndex)];
  return all.filter((block) => block.levels.includes('write')).map((block) => block.description);
}
