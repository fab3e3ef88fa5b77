import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Limits the connections of a server. When there is no room for a new one, the oldest that has not sent a whole request is closed: half-open
 * connections and slow bodies must not keep others out.
 * @param most connections at once
 */
export function limitConnections(server: Server, most: number): void {
  /** The oldest first, with the request that is being received or answered. */
  const requests = new Map<Socket, IncomingMessage | undefined>();
  server.on('connection', (socket) => {
    if (requests.size >= most) {
      const waiting = oldestWaiting(requests);
      // All others are being answered.
      if (waiting === undefined) {
        socket.destroy();
        return;
      }
      requests.delete(waiting);
      waiting.destroy();
    }
    requests.set(socket, undefined);
    socket.once('close', () => requests.delete(socket));
  });
  server.on('request', (request, response) => {
    const { socket } = request;
    if (!requests.has(socket)) return;
    requests.set(socket, request);
    response.once('close', () => {
      if (requests.get(socket) === request) requests.set(socket, undefined);
    });
  });
}

function oldestWaiting(requests: ReadonlyMap<Socket, IncomingMessage | undefined>): Socket | undefined {
  for (const [socket, request] of requests) if (request?.complete !== true) return socket;
  return undefined;
}
