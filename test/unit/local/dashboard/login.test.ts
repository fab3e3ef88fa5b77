import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { DashboardLogin, linkSeconds } from '../../../../src/local/dashboard/login.ts';
import { userOfConnection } from '../../../../src/local/ports.ts';

const token = 'a'.repeat(43);
const socket = {};

describe('the login of the dashboard', () => {
  let steady = 0;
  let clock = Date.UTC(2026, 0, 1);
  const now = { steady: () => steady, clock: () => clock };
  const open = (more: { token?: string; port?: number; isOwn?: boolean } = {}) =>
    new DashboardLogin(more.token ?? token, more.port ?? 29_080, () => more.isOwn ?? true, now);
  const enter = (login: DashboardLogin) => {
    const cookie = login.enter(login.makeCode(), { socket });
    assert.ok(cookie);
    return cookie;
  };
  const sent = (cookie: string) => ({ headers: { cookie: `other=1; ${cookie.split(';')[0] ?? ''}` }, socket });

  it('takes a link once, and gives a cookie that no script and no other site gets', () => {
    const login = open();
    const code = login.makeCode();
    const cookie = login.enter(code, { socket });
    assert.match(cookie ?? '', /^cryptodm-29080=\S+; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
    assert.equal(cookie?.includes(token), false);
    assert.equal(login.enter(code, { socket }), undefined);
    assert.equal(login.accepts(sent(cookie ?? '')), true);
    assert.equal(login.accepts({ headers: {}, socket }), false);
    assert.equal(login.accepts({ headers: { cookie: 'cryptodm-29080=x.y.z' }, socket }), false);
  });

  it('takes no link that is too old, or that it did not make', () => {
    const login = open();
    const code = login.makeCode();
    steady += linkSeconds * 1000 + 1;
    assert.equal(login.enter(code, { socket }), undefined);
    assert.equal(login.enter('', { socket }), undefined);
    assert.equal(open().enter(login.makeCode(), { socket }), undefined);
  });

  it('keeps no more than a hundred links', () => {
    const login = open();
    const first = login.makeCode();
    for (let at = 0; at < 100; at += 1) login.makeCode();
    assert.equal(login.enter(first, { socket }), undefined);
    assert.ok(login.enter(login.makeCode(), { socket }));
  });

  it('knows a session again after a restart, until it ends, and until the credential or the port is another', () => {
    const cookie = enter(open());
    assert.equal(open().accepts(sent(cookie)), true);
    assert.equal(open({ token: 'b'.repeat(43) }).accepts(sent(cookie)), false);
    assert.equal(open({ port: 29_081 }).accepts(sent(cookie)), false);
    const [name, value = ''] = (cookie.split(';')[0] ?? '').split('=');
    const [, ...rest] = value.split('.');
    const later = `${String(name)}=${[String(clock / 1000 + 1e9), ...rest].join('.')}`;
    assert.equal(open().accepts(sent(later)), false);
    clock += 8 * 24 * 3600 * 1000;
    assert.equal(open().accepts(sent(cookie)), false);
  });

  it('takes neither link nor cookie from another user of the machine, but the credential', () => {
    const cookie = enter(open());
    const other = open({ isOwn: false });
    const code = other.makeCode();
    assert.equal(other.enter(code, { socket }), undefined);
    assert.equal(other.accepts(sent(cookie)), false);
    assert.equal(other.accepts({ headers: { authorization: `Bearer ${token}` }, socket }), true);
  });

  it('lets no cookie make up for a wrong credential, nor make links', () => {
    const login = open();
    const cookie = enter(login);
    const headers = { ...sent(cookie).headers, authorization: 'Bearer wrong' };
    assert.equal(login.accepts({ headers, socket }), false);
    assert.equal(login.hasCredential(sent(cookie)), false);
  });

  it('asks for nothing where everybody may', () => {
    assert.equal(new DashboardLogin(undefined, 29_080).accepts({ headers: {}, socket }), true);
  });
});

describe('the user of a connection', () => {
  it('is that of the process at its other end', async function () {
    if (process.platform !== 'linux') this.skip();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    const [accepted] = (await once(server, 'connection')) as [Socket];
    try {
      assert.equal(userOfConnection(accepted.remotePort ?? 0, port), process.getuid?.());
      assert.equal(userOfConnection(1, port), undefined);
    } finally {
      client.destroy();
      accepted.destroy();
      server.close();
    }
  });
});
