import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import {
  freePort,
  holderOf,
  holds,
  isFree,
  lentPorts,
  requirePort,
  reservePort,
  strangerAt,
} from '../../../src/local/ports.ts';

describe('ports', () => {
  it('are chosen outside those of outgoing connections, and none twice', async () => {
    const lent = lentPorts();
    const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
    assert.equal(new Set(ports).size, ports.length);
    assert.deepEqual(
      ports.filter((port) => port < 30_000 || (port >= lent.from && port <= lent.to)),
      [],
    );
  });

  it('are still found where all are lent', async () => {
    assert.ok(await isFree(await freePort({ from: 1024, to: 65_535 })));
  });

  it('are not free while a connection goes out from them, and its process is named', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    try {
      await once(socket, 'connect');
      const { localPort = 0 } = socket;
      assert.equal(await isFree(localPort), false);
      if (process.platform === 'linux') assert.ok(holderOf(localPort)?.endsWith(`(pid ${String(process.pid)})`));
      await assert.rejects(requirePort(localPort, 'Kafka'), /port \d+ for Kafka is taken by/);
    } finally {
      socket.destroy();
      server.close();
    }
  });

  it('are of this process or of a stranger, by who listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    assert.equal(holds(process.pid, port), true);
    assert.equal(holds(process.ppid, port), false);
    assert.equal(strangerAt(port, [process.pid]), undefined);
    assert.ok(strangerAt(port, [process.ppid])?.endsWith(`(pid ${String(process.pid)})`));
    assert.ok(strangerAt(port, [])?.endsWith(`(pid ${String(process.pid)})`));
    server.close();
    await once(server, 'close');
    assert.equal(strangerAt(port, []), undefined);
  });

  it('are reserved for one run at a time, and are still free for its server', async () => {
    const port = await freePort();
    const release = await reservePort(port);
    assert.ok(release);
    assert.equal(await isFree(port), true);
    if (process.platform === 'linux') {
      assert.equal(await reservePort(port), undefined);
      assert.equal(strangerAt(port, []), undefined, 'a reservation is no server');
    }
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    release();
    assert.equal(await reservePort(port), undefined, 'its server has it now');
    server.close();
    await once(server, 'close');
    const again = await reservePort(port);
    assert.ok(again);
    again();
  });
});
