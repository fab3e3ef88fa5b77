import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A picture of one red pixel, as PNG. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
);

/** A fake of CoinAPI: the addresses of the icons, for any key, and the host of the pictures. */
export class CoinApiDouble {
  /** the key of each request for icons */
  readonly keys: (string | undefined)[] = [];

  private constructor(private readonly server: Server) {}

  /** @param iconAt address of the icon of a coin; default: a picture of this fake */
  static async open(iconAt?: (coin: string) => string): Promise<CoinApiDouble> {
    const server = createServer();
    const double = new CoinApiDouble(server);
    server.on('request', (request, response) => {
      if (request.url?.startsWith('/pictures/')) {
        response.writeHead(200, { 'content-type': 'image/png' }).end(pixel);
        return;
      }
      double.keys.push(request.headers['x-coinapi-key']?.toString());
      const known = request.url === '/v1/assets/icons/256';
      const icons = ['BTC', 'LTC', 'DOGE'].map((coin) => ({
        asset_id: coin,
        url: iconAt?.(coin) ?? `${double.url}/pictures/${coin}.png`,
      }));
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(icons));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
