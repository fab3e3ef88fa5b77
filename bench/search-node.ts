import { mkdirSync } from 'node:fs';
import { declareLake } from '../src/lake/declaration.ts';
import { renderIndexTemplate } from '../src/lake/mapping.ts';
import { acceptsWrites, alignIndex } from '../src/tools/elastic.ts';
import type { KnownSearch } from '../src/tools/search-identity.ts';
import { requestSearch } from '../src/tools/search-request.ts';
import { awaitAnswer } from '../src/tools/waiting.ts';
import { cpuSeconds, startEngine, type Engine } from './engine.ts';
import { pairOf, type Tally } from './quotes.ts';
import type { Ground } from './stage.ts';

/** When this many documents were seen. */
export interface Seen {
  documents: number;
  /** by `performance.now()` */
  at: number;
}

/** When all documents were seen, and the processor time used until then. */
export interface Filled {
  first: Seen;
  last: Seen;
  /** processor seconds of the writer and of the node */
  cpu: { writer: number; node: number };
}

const everyMs = 100;

/** A new Elasticsearch node as a lake has it, with an empty index of quotes. */
export class SearchNode {
  static readonly index = 'crypto_quote';

  private constructor(
    readonly search: KnownSearch,
    readonly engine: Engine,
  ) {}

  static async start({ layout, parts, place }: Ground): Promise<SearchNode> {
    mkdirSync(layout.elasticsearch, { recursive: true });
    const search = { url: place.search.url, credential: place.search.credentialFile };
    const node = new SearchNode(search, startEngine(parts.elasticsearch.daemon));
    const ready = async () => {
      node.engine.check();
      return (await acceptsWrites(search)) ? true : undefined;
    };
    if ((await awaitAnswer(ready, { withinMs: 60_000 })) === undefined)
      throw new Error(`Elasticsearch does not take writes; its log is ${layout.log('elasticsearch')}`);
    await alignIndex(search, this.index, renderIndexTemplate(declareLake([pairOf(0)]), this.index, 0), false);
    return node;
  }

  /**
   * Waits until a search sees each document with its last close.
   * @param writer the process that writes them
   * @throws Error when it does not within ten minutes, or when the writer or the node has ended
   */
  async awaitAll(expected: Tally, writer: Pick<Engine, 'pid' | 'check'>): Promise<Filled> {
    let first: Seen | undefined;
    let last = { documents: 0, at: NaN };
    const filled = await awaitAnswer(
      async (): Promise<Filled | undefined> => {
        writer.check();
        this.engine.check();
        last = { documents: await this.count(), at: performance.now() };
        if (last.documents > 0) first ??= last;
        if (first === undefined || last.documents < expected.keys) return undefined;
        const cpu = { writer: cpuSeconds(writer.pid), node: cpuSeconds(this.engine.pid) };
        return (await this.cents()) === centsOf(expected.total) ? { first, last, cpu } : undefined;
      },
      { withinMs: 600_000, everyMs },
    );
    if (filled === undefined || filled.last.documents !== expected.keys)
      throw new Error(`the index holds ${String(last.documents)} documents, sent was ${JSON.stringify(expected)}`);
    return filled;
  }

  /** Documents that a search sees. */
  async count(): Promise<number> {
    return (await this.ask<{ count: number }>('_count', {})).count;
  }

  /** Sum of the closes. Elasticsearch uses compensated summation, so the cents are exact. */
  private async cents(): Promise<bigint> {
    const sum = { sum: { field: 'price_crypto' } };
    const { aggregations } = await this.ask<{ aggregations: { sum: { value: number } } }>('_search', {
      size: 0,
      aggs: { sum },
    });
    return BigInt(Math.round(aggregations.sum.value * 100));
  }

  private async ask<T>(what: string, body: object): Promise<T> {
    const response = await requestSearch(this.search, `/${SearchNode.index}/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${what} answered ${String(response.status)}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  stop(): Promise<void> {
    return this.engine.stop();
  }
}

/** Hundredths of a total with 12 decimals. */
function centsOf(total: string): bigint {
  return BigInt(total.replace('.', '').slice(0, -10));
}
