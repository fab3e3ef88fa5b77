import { setTimeout as pause } from 'node:timers/promises';
import { layOut } from '../src/local/layout.ts';
import type { LiveEvents } from '../src/local/dashboard/api.ts';
import { readTablePointers } from '../src/local/tables/catalog.ts';
import type { TestLake } from '../test/support/lake.ts';
import { Sightings } from './sightings.ts';
import { TableReading } from './table-reading.ts';

/** Between two looks, as in `contender.ts`. */
const everyMs = 15;

/** The places where a trade shows. */
export const places = ['Elasticsearch', 'page', 'market_trade', 'candle'] as const;
export type Place = (typeof places)[number];

/** How a minute of a pair is called in sightings, and a candle of 5 minutes; a trade only by its pair. */
export const nameWindow = (pair: string, startMs: number) => `${pair} ${String(startMs)}`;

const tables = { market_trade: 'crypto_db.market_trade', candle: 'crypto_gold.candle' } as const;
const pair = "asset_id || '/' || asset_type";

/** What new files add: how many trades a candle has, up to which id trades are there. */
const selects: Record<keyof typeof tables, (files: string) => string> = {
  market_trade: (files) => `select ${pair} as what, max(trade_id) as height from ${files} group by all`,
  candle: (files) =>
    `select ${pair} || ' ' || epoch_ms(start_window)::varchar as what, max(trade_count) as height from ${files}
     where period = '5m' group by all`,
};

/**
 * Watches a lake from outside, all places at once: its index by searches, its page by the event stream that the dashboard sends, its tables by the
 * catalog's pointers and the files that each of them adds.
 */
export class MarketReaders {
  readonly sightings: Record<Place, Sightings>;
  private readonly stopping = new AbortController();
  private readonly pointers = new Map<string, string>();
  private readonly queue: { table: keyof typeof tables; metadata: string; at: number }[] = [];
  private readonly running: Promise<unknown>;
  private failure: unknown;

  private constructor(
    private readonly lake: TestLake,
    private readonly count: number,
    private readonly reading: TableReading,
    private readonly page: ReadableStreamDefaultReader<Uint8Array>,
  ) {
    this.sightings = Object.fromEntries(places.map((place) => [place, new Sightings()])) as Record<Place, Sightings>;
    const work = [this.loop(() => this.search()), this.loop(() => this.look()), this.loop(() => this.read())];
    this.running = Promise.all([...work, this.listen()]);
    this.running.catch((error: unknown) => (this.failure = error));
  }

  /** @throws what has ended a reader */
  check(): void {
    if (this.failure !== undefined) throw this.failure as Error;
  }

  /** @param count pairs of the lake */
  static async open(lake: TestLake, count: number): Promise<MarketReaders> {
    const answer = await lake.askDashboard('/api/live');
    if (!answer.ok || answer.body === null) throw new Error(`the event stream answered ${String(answer.status)}`);
    const reading = await TableReading.open(layOut(lake.data).warehouse);
    return new MarketReaders(lake, count, reading, answer.body.getReader());
  }

  private async loop(step: () => Promise<void>): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await step();
      await pause(everyMs);
    }
  }

  private async search(): Promise<void> {
    const body = {
      ...{ size: 2 * this.count, sort: [{ start_window: 'desc' }] },
      _source: ['asset_id', 'asset_type', 'start_window', 'trade_count'],
    };
    const answer = await this.lake.askSearch('/crypto_quote/_search', {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify(body),
    });
    const { hits } = (await answer.json()) as { hits: { hits: { _source: Record<string, string | number | null> }[] } };
    const at = Date.now();
    for (const { _source: bar } of hits.hits) {
      const what = nameWindow(
        `${String(bar['asset_id'])}/${String(bar['asset_type'])}`,
        Date.parse(String(bar['start_window'])),
      );
      this.sightings.Elasticsearch.note(what, Number(bar['trade_count'] ?? 0), at);
    }
  }

  private async look(): Promise<void> {
    const pointers = await readTablePointers(layOut(this.lake.data).catalog);
    const at = Date.now();
    for (const [table, name] of Object.entries(tables) as [keyof typeof tables, string][]) {
      const metadata = pointers.find((pointer) => pointer.name === name)?.metadataLocation;
      if (metadata === undefined || metadata === this.pointers.get(table)) continue;
      this.pointers.set(table, metadata);
      this.queue.push({ table, metadata, at });
    }
  }

  /** Reads what a commit has added, in their order. Files stay for longer than it takes. */
  private async read(): Promise<void> {
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      const { table, metadata, at } = next;
      const found = await this.reading.newRows<{ what: string; height: bigint | null }>(metadata, selects[table]);
      for (const { what, height } of found) this.sightings[table].note(what, Number(height), at);
    }
  }

  private async listen(): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { done, value } = await this.page.read();
      if (done) {
        if (this.stopping.signal.aborted) return;
        throw new Error('the event stream of the dashboard has ended');
      }
      const at = Date.now();
      const messages = (text + decoder.decode(value, { stream: true })).split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) {
        const [, content] = /^event: bars\ndata: (.*)$/s.exec(message) ?? [];
        if (content === undefined) continue;
        for (const { coin, start, trades } of (JSON.parse(content) as LiveEvents['bars']).bars)
          this.sightings.page.note(nameWindow(coin, Date.parse(start)), trades ?? 0, at);
      }
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.page.cancel();
    await this.running.catch(() => undefined);
    this.reading.close();
  }
}
