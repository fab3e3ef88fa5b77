import type { KnownSearch } from '../../tools/search-identity.ts';
import type { Client, estypes } from '@elastic/elasticsearch';

type Document = Record<string, unknown>;

/** Reads one search index through one client that stays open. The client is large and is loaded with the first request. */
export class SearchReader {
  private client: Promise<Client> | undefined;

  /** @param timeoutMs after which a request fails */
  constructor(
    private readonly search: KnownSearch,
    private readonly index: string,
    private readonly timeoutMs = 3000,
  ) {}

  /** The documents that a search finds. @throws what the client throws, for example when the node is down */
  async find(body: estypes.SearchRequest): Promise<Document[]> {
    const { hits } = await (await this.open()).search<Document>({ index: this.index, ...body });
    return documentsOf(hits.hits);
  }

  /** As `find` for each search, in one request. A search that fails finds nothing. */
  async findMany(bodies: readonly estypes.SearchRequest[]): Promise<Document[][]> {
    if (bodies.length === 0) return [];
    const searches = bodies.flatMap((body) => [{ index: this.index }, body as estypes.MsearchMultisearchBody]);
    const { responses } = await (await this.open()).msearch<Document>({ searches });
    return responses.map((response) => ('hits' in response ? documentsOf(response.hits.hits) : []));
  }

  /** The documents of every `top_hits` in these aggregations, however deep. */
  async topHits(aggs: Record<string, estypes.AggregationsAggregationContainer>): Promise<Document[]> {
    const { aggregations } = await (await this.open()).search<Document>({ index: this.index, size: 0, aggs });
    const found: Document[] = [];
    const look = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const { hits } = value as { hits?: { hits?: { _source?: Document }[] } };
      if (Array.isArray(hits?.hits)) found.push(...documentsOf(hits.hits));
      else Object.values(value).forEach(look);
    };
    look(aggregations);
    return found;
  }

  async close(): Promise<void> {
    const client = await this.client?.catch(() => undefined);
    await client?.close();
  }

  private async open(): Promise<Client> {
    this.client ??= import('../../tools/elastic.ts').then(({ connect }) =>
      connect(this.search, { retries: 0, timeoutMs: this.timeoutMs }),
    );
    return this.client;
  }
}

function documentsOf(hits: { _source?: Document }[]): Document[] {
  return hits.flatMap(({ _source }) => (_source === undefined ? [] : [_source]));
}
