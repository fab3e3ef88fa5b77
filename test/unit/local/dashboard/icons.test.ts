import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Icons } from '../../../../src/local/dashboard/icons.ts';

/** A host of icons at the wire. */
async function host(): Promise<{ server: Server; url: (path: string) => string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    if (path === '/png') response.setHeader('content-type', 'image/png').end('picture');
    else if (path === '/svg') response.setHeader('content-type', 'image/svg+xml').end('<svg/>');
    else if (path === '/large') response.setHeader('content-type', 'image/png').end(Buffer.alloc(2 ** 20));
    else if (path === '/away') response.writeHead(302, { location: '/png' }).end();
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, asked, url: (path) => `http://127.0.0.1:${String(port)}${path}` };
}

describe('the icons of the dashboard', () => {
  it('are fetched once; what is no small picture is left out', async () => {
    const { server, asked, url } = await host();
    try {
      let told: (coin: string) => void = () => undefined;
      const came = new Promise<string>((resolve) => (told = resolve));
      const icons = new Icons(told);
      const bad = new Map(['svg', 'large', 'away', 'none'].map((name) => [name, url(`/${name}`)]));
      await icons.want(bad);
      await icons.want(new Map([['BTC', url('/png')]]));
      assert.equal(await came, 'BTC');
      const expected = { type: 'image/png', content: Buffer.from('picture'), url: url('/png') };
      assert.deepEqual(icons.find('BTC'), expected);
      for (const name of bad.keys()) assert.equal(icons.find(name), undefined, name);
      await icons.want(new Map([...bad, ['BTC', url('/png')]]));
      assert.deepEqual(asked.sort(), ['/away', '/large', '/none', '/png', '/svg']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
