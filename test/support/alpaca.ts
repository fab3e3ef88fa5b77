import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WireBar {
  t: string;
  o: number;
  h: number;
  l: number;
  c: number;
  v: number;
  n: number;
  vw: number;
}

/** A fake of Alpaca's market data API: latest bars, history in pages, throttling, keys in headers. */
export class AlpacaDouble {
  readonly requests: { path: string; query: URLSearchParams; key: string | undefined }[] = [];
  /** the response of `latest/bars`, by pair */
  readonly latest = new Map<string, WireBar>();
  /** the response of `bars`, by pair, oldest first */
  readonly history = new Map<string, WireBar[]>();
  /** the status of every response while it is set */
  failing: number | undefined;
  /** how far its clock is ahead of ours, in milliseconds */
  clockAheadMs = 0;
  /** status codes of the next responses, before the usual ones */
  readonly refusals: number[] = [];
  /** rows in a page of the history */
  pageRows = 10_000;
  /** requests that never get a response */
  holds: (path: string, query: URLSearchParams) => boolean = () => false;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<AlpacaDouble> {
    const server = createServer();
    const double = new AlpacaDouble(server);
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', 'http://alpaca');
      const key = request.headers['apca-api-key-id'];
      double.requests.push({
        path: url.pathname,
        query: url.searchParams,
        key: typeof key === 'string' ? key : undefined,
      });
      if (double.holds(url.pathname, url.searchParams)) return;
      response.setHeader('date', new Date(Date.now() + double.clockAheadMs).toUTCString());
      const refusal = double.failing ?? double.refusals.shift();
      if (refusal !== undefined) {
        response.writeHead(refusal, { 'retry-after': '1' }).end('{"message":"no"}');
        return;
      }
      const pairs = (url.searchParams.get('symbols') ?? '').split(',');
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify(
          url.pathname.endsWith('/latest/bars') ? double.latestBars(pairs) : double.page(pairs, url.searchParams),
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private latestBars(pairs: string[]) {
    return { bars: Object.fromEntries([...this.latest].filter(([pair]) => pairs.includes(pair))) };
  }

  private page(pairs: string[], asked: URLSearchParams) {
    const [from, to] = [Date.parse(asked.get('start') ?? ''), Date.parse(asked.get('end') ?? '')];
    const within = (bar: WireBar) => !(Date.parse(bar.t) < from) && !(Date.parse(bar.t) > to);
    const rows = [...this.history]
      .filter(([pair]) => pairs.includes(pair))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([pair, all]) => all.filter(within).map((bar) => ({ pair, bar })));
    const first = Number(asked.get('page_token') ?? 0);
    const end = first + Math.min(this.pageRows, Number(asked.get('limit') ?? 1000));
    const bars: Record<string, WireBar[]> = {};
    for (const { pair, bar } of rows.slice(first, end)) (bars[pair] ??= []).push(bar);
    return { bars, next_page_token: end < rows.length ? String(end) : null };
  }
}

/** A plausible bar that closes at `close`. */
export function wireBar(t: string, close: number): WireBar {
  return { t, o: close, h: close + 1, l: close - 1, c: close, v: 0.5, n: 3, vw: close };
}
