import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A process between two others: what connects to its port is led to another one. */
export class Proxy {
  private readonly open = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  /** Listens on a port of 127.0.0.1 as soon as nobody else does, and leads to another. */
  static async onceFree(port: number, target: number, withinMs = 30_000): Promise<Proxy> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const server = createServer();
      server.listen({ port, host: '127.0.0.1', exclusive: true });
      try {
        await once(server, 'listening');
        const proxy = new Proxy(server);
        server.on('connection', (socket) => proxy.lead(socket, target));
        return proxy;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.open) socket.destroy();
    await closed;
  }

  private lead(from: Socket, target: number): void {
    const to = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      this.open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
