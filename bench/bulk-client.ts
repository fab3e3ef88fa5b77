import { requestSearch } from '../src/tools/search-request.ts';
import { pairOf, type Quote } from './quotes.ts';
import { SearchNode } from './search-node.ts';

/** The limits of our engine's bulk requests (`Bulk`, `SearchIndex` in jars/jobs). */
const maxDocuments = 5000;
const maxBytes = 5 * 2 ** 20;
const connections = 2;

/** Bodies of bulk requests with the last revision of each quote, as our engine would send it: the same fields, ids and versions. */
export function prepareBodies(quotes: Iterable<Quote>): Buffer[] {
  const last = new Map<string, string>();
  let offset = 0;
  for (const quote of quotes) last.set(idOf(quote), linesOf(quote, (offset += 1)));
  const bodies: Buffer[] = [];
  let lines: string[] = [];
  let bytes = 0;
  const flush = () => {
    if (lines.length > 0) bodies.push(Buffer.from(lines.join('')));
    lines = [];
    bytes = 0;
  };
  for (const document of last.values()) {
    if (lines.length === maxDocuments || bytes + document.length > maxBytes) flush();
    lines.push(document);
    // Characters are bytes: the documents are ASCII.
    bytes += document.length;
  }
  flush();
  return bodies;
}

/** Sends all bodies as fast as the node accepts them, then makes them searchable. */
export async function sendBodies(node: SearchNode, bodies: Buffer[]): Promise<void> {
  const waiting = bodies.values();
  const send = async () => {
    for (const body of waiting) {
      const answer = (await post(node, '_bulk?filter_path=errors', body)) as { errors: boolean };
      if (answer.errors) throw new Error('the index refused documents of the plain client');
    }
  };
  await Promise.all(Array.from({ length: connections }, send));
  await post(node, '_refresh', undefined);
}

async function post(node: SearchNode, what: string, body: Buffer | undefined): Promise<unknown> {
  const response = await requestSearch(node.search, `/${SearchNode.index}/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    ...(body && { body }),
  });
  if (!response.ok) throw new Error(`${what} answered ${String(response.status)}: ${await response.text()}`);
  return response.json();
}

function idOf({ coin, minute }: Quote): string {
  return `${pairOf(coin).replace('/', '-')}-${instant(minute)}`;
}

/** Both lines of a document, in the form of docs/contracts.md. */
function linesOf(quote: Quote, offset: number): string {
  const { coin, minute, cents } = quote;
  const [asset_id, asset_type] = pairOf(coin).split('/');
  const price = cents / 100;
  const revision = 2 ** 40 + offset;
  const action = { index: { _id: idOf(quote), version: revision, version_type: 'external_gte' } };
  const document = {
    asset_id,
    asset_type,
    start_window: instant(minute),
    end_window: instant(minute + 60_000),
    price_crypto: price,
    ref_date: instant(minute).slice(0, 10),
    open_price: price,
    high_price: price,
    low_price: price,
    volume: 1,
    vwap: price,
    trade_count: 1,
    source: 'replay',
    seen_at: new Date().toISOString(),
    revision,
  };
  return `${JSON.stringify(action)}\n${JSON.stringify(document)}\n`;
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}
