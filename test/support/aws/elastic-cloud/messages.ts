import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request with its body read. */
export interface Message {
  method: string;
  url: URL;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string | Buffer;
}

/** A server on a loopback port. Call `stop` at the end. */
export interface Listening {
  url: string;
  stop: () => Promise<void>;
}

/** Starts a server that calls a function for each request; an exception becomes a 500. */
export async function listen(answer: (message: Message) => Promise<Answer>): Promise<Listening> {
  const server = createServer((request, response) => {
    void read(request)
      .then(answer)
      .catch((error: unknown) => ({ status: 500, body: String(error) }))
      .then((given) => {
        send(response, given);
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, stop: () => close(server) };
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

async function read(request: IncomingMessage): Promise<Message> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = 'GET', headers } = request;
  return { method, headers, url: new URL(request.url ?? '/', 'http://127.0.0.1'), body: Buffer.concat(chunks) };
}

function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
