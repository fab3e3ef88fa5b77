import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { Connection } from './connection.ts';
import type { Clock } from './clock.ts';
import type { Feed } from './feed.ts';
import type { History } from './history.ts';
import { venues, type Venue } from './product.ts';
import type { RateLimit } from './rate-limit.ts';

/** What stands behind the paths of a venue. */
export interface Endpoint {
  feed: Feed;
  history: History;
  /** undefined when its clients may ask as often as they like */
  limit: RateLimit | undefined;
}

const streams: Record<Venue, string> = {
  coinbase: '/coinbase/ws',
  kraken: '/kraken/v2',
  alpaca: '/alpaca/v1beta3/crypto/us',
};

/** The port that clients come through, by websocket and HTTP. */
export class Door {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  private readonly upgrades = new WebSocketServer({ noServer: true, autoPong: false, perMessageDeflate: false });
  private listenedOn = 0;

  constructor(
    private readonly endpoints: ReadonlyMap<Venue, Endpoint>,
    private readonly clock: Clock,
  ) {}

  get port(): number {
    return this.listenedOn;
  }

  /** The addresses of a venue's stream and REST interface. */
  addresses(venue: Venue): { stream: string; url: string } {
    const host = `127.0.0.1:${String(this.port)}`;
    return { stream: `ws://${host}${streams[venue]}`, url: `http://${host}/${venue}` };
  }

  /** Opens at a port; at any when it is 0. */
  async open(port = this.listenedOn): Promise<void> {
    if (this.server !== undefined) return;
    const server = createServer((request, response) => this.answer(request, response));
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket as Socket, head));
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    this.server = server;
    this.listenedOn = (server.address() as AddressInfo).port;
  }

  /** Nobody can connect any more. Who is connected stays. */
  shut(): void {
    this.server?.close();
    this.server = undefined;
  }

  async close(): Promise<void> {
    const { server } = this;
    const closed = new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    for (const socket of this.sockets) socket.destroy();
    await closed;
    this.upgrades.close();
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { pathname } = new URL(request.url ?? '/', 'http://exchange');
    const venue = venues.find((each) => streams[each] === pathname);
    const endpoint = venue === undefined ? undefined : this.endpoints.get(venue);
    if (endpoint === undefined) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
      return;
    }
    const { feed } = endpoint;
    if (Date.now() < feed.market.shutUntilMs) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\r\n');
      return;
    }
    socket.setNoDelay(true);
    this.upgrades.handleUpgrade(request, socket, head, (client) => {
      feed.open(new Connection(client, socket, request.headers, this.clock.nowMicros()));
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://exchange');
    const [, name = '', path = '/'] = /^\/(\w+)(\/.*)?$/.exec(url.pathname) ?? [];
    const venue = venues.find((each) => each === name);
    const endpoint = venue === undefined ? undefined : this.endpoints.get(venue);
    response.setHeader('date', new Date(this.clock.nowMicros() / 1000).toUTCString());
    response.setHeader('content-type', 'application/json');
    if (endpoint === undefined) {
      response.writeHead(404).end('{"message":"no such venue"}');
      return;
    }
    const { history, limit, feed } = endpoint;
    feed.market.requests++;
    const refusal = feed.market.refusals.shift();
    if (refusal !== undefined) {
      response.writeHead(refusal.status, refusal.headers).end(refusal.body ?? '{"message":"refused"}');
      return;
    }
    const allowed = limit?.allows(request.socket.remoteAddress ?? '', Date.now()) ?? true;
    const answer = allowed ? history.answer(path, url.searchParams) : history.tooMany;
    response.writeHead(answer?.status ?? 404, answer?.headers).end(answer?.body ?? '{"message":"Route not found"}');
  }
}
