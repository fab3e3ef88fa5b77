import { Fault } from '../errors.ts';

/** A search node whose identity can be asked for. */
export interface KnownSearch {
  url: string;
  /** id of the lake whose node it must be; absent: any node is taken */
  lake?: string | undefined;
  /** path of the file with the token that the node asks for */
  credential?: string | undefined;
}

const answerWithinMs = 2000;

/** Alias of the index that only the node of this lake has: a request to it fails on every other node before that one acts. */
export function lakeAlias(lake: string): string {
  return `${lakeAliasPrefix}${lake}`;
}

export const lakeAliasPrefix = 'lake-';

/** Whose node answers at an address. */
export interface SearchAnswer {
  /** undefined for a node that belongs to no lake of this version */
  lake: string | undefined;
}

/** Asks without the token, which is for the right node only: that one says whose it is also when it refuses. @returns undefined when nothing answers within 2 s */
export async function askSearch(url: string): Promise<SearchAnswer | undefined> {
  try {
    const response = await fetch(`${url}/`, { signal: AbortSignal.timeout(answerWithinMs) });
    const answer = (await response.json()) as { lake?: unknown } | null;
    return { lake: typeof answer?.lake === 'string' ? answer.lake : undefined };
  } catch (error) {
    // Something that speaks HTTP and no JSON is no node of a lake either.
    return error instanceof SyntaxError ? { lake: undefined } : undefined;
  }
}

/** @throws Fault of kind `part` when another node answers, or none */
export async function requireOwnSearch({ url, lake }: KnownSearch): Promise<void> {
  if (lake === undefined) return;
  const answer = await askSearch(url);
  if (answer?.lake === lake) return;
  const what =
    answer === undefined
      ? `Elasticsearch at ${url} does not answer`
      : `what answers at ${url} is not the Elasticsearch of this lake: nothing was written`;
  throw new Fault('part', what, {
    where: url,
    next: 'See "cryptodm status".',
    facts: { foreign: answer !== undefined },
  });
}
