import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { limitConnections } from '../../../../src/local/dashboard/connections.ts';

const most = 5;

describe('limitConnections', () => {
  let server: Server;
  let port: number;
  let sockets: Socket[];

  beforeEach(async () => {
    sockets = [];
    server = createServer((request, response) => {
      if (request.url === '/stream') response.write('begun');
      else request.resume().on('end', () => response.end('done'));
    });
    limitConnections(server, most);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function open(text: string): Promise<Socket> {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  }

  const ask = () =>
    new Promise<string>((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent: false }, (answer) => {
        let text = '';
        answer.on('data', (part) => (text += String(part))).on('end', () => resolve(text));
      }).on('error', reject);
    });

  it('answers beside as many half-open connections as one may open', async () => {
    const silent = [];
    for (let count = 0; count < 4 * most; count += 1) silent.push(await open('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '));
    assert.equal(await ask(), 'done');
    const [first] = silent as [Socket];
    if (!first.closed) await once(first, 'close');
  });

  it('answers beside requests whose bodies never end', async () => {
    const slow = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx';
    for (let count = 0; count < 4 * most; count += 1) await open(slow);
    assert.equal(await ask(), 'done');
  });

  it('leaves those that are being answered alone, and closes the new one', async () => {
    const streams = [];
    for (let count = 0; count < most; count += 1) {
      const stream = await open('GET /stream HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(stream, 'data');
      streams.push(stream);
    }
    await assert.rejects(ask());
    assert.deepEqual(
      streams.map((stream) => stream.destroyed),
      streams.map(() => false),
    );
    streams[0]?.destroy();
    // The server notices the end of a connection a moment later.
    let answered = '';
    while (answered === '') answered = await ask().catch(() => '');
    assert.equal(answered, 'done');
  });
});
