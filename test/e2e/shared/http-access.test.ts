import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { execa } from 'execa';
import { layOut } from '../../../src/local/layout.ts';
import { holds } from '../../../src/local/ports.ts';
import { send } from '../../support/http-request.ts';
import type { TestLake } from '../../support/lake.ts';
import { sharedLake } from '../../support/shared-lake.ts';

/** Of somebody without any right: "nobody" on most systems. */
const stranger = 65_534;

describe('Elasticsearch of a lake', function () {
  this.timeout(120_000);
  let lake: TestLake;
  let file: string;
  let token: string;
  const login = () => ({ authorization: `Bearer ${token}` });
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', body?: string) =>
    send(`${lake.search}${path}`, headers, { method, ...(body === undefined ? {} : { body }) });
  /** Whether the index still answers. */
  const isOpen = async () => (await ask('/crypto_quote/_count', login())).status === 200;

  before(async () => {
    lake = await sharedLake();
    file = layOut(lake.data).credential;
    token = readFileSync(file, 'utf8');
  });

  it('asks for the login of the lake, whatever is asked', async () => {
    for (const [path, method] of [
      ['/', 'GET'],
      ['/_cluster/health', 'GET'],
      ['/crypto_quote/_close', 'POST'],
      ['/crypto_quote', 'DELETE'],
      ['/nothing/here', 'PUT'],
    ] as const) {
      const answer = await ask(path, {}, method);
      assert.equal(answer.status, 401, path);
      assert.match(String(answer.headers['www-authenticate']), /Basic realm="cryptodm".*Bearer/);
    }
    const wrong = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    const basic = (user: string, password: string) => ({
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    });
    assert.equal((await ask('/', { authorization: `Bearer ${wrong}` })).status, 401);
    assert.equal((await ask('/', basic('cryptodm', wrong))).status, 401);
    assert.equal((await ask('/', basic('elastic', token))).status, 401);
    assert.equal((await ask('/', basic('cryptodm', token))).status, 200);
    assert.ok(await isOpen());
  });

  it('refuses what a page of another site can send, with and without the login', async () => {
    const page = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    for (const headers of [
      { ...page },
      { ...page, ...login() },
      { origin: 'http://evil.test', ...login() },
      { origin: 'null', ...login() },
      { host: `rebind.test:${new URL(lake.search).port}`, ...login() },
      { host: 'rebind.test', ...login() },
    ]) {
      assert.equal((await ask('/crypto_quote/_close', headers, 'POST')).status, 403, JSON.stringify(headers));
      assert.equal((await ask('/crypto_quote', headers, 'DELETE')).status, 403, JSON.stringify(headers));
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const headers = { ...login(), 'content-type': type };
      assert.equal((await ask('/crypto_quote/_search', headers, 'POST', '{}')).status, 415, type);
    }
    assert.equal((await ask('/crypto_quote/_search', login(), 'POST', '{}')).status, 415);
    assert.ok(await isOpen());
  });

  it('answers a large request that it refuses, and takes the same one with the login', async () => {
    const action = '{"index":{"_index":"nothing-here"}}\n{}\n';
    const body = action.repeat(Math.ceil((8 * 2 ** 20) / action.length));
    const headers = { 'content-type': 'application/x-ndjson' };
    const refused = await ask('/_bulk', headers, 'POST', body);
    assert.equal(refused.status, 401);
    const taken = await ask('/_bulk?filter_path=errors', { ...headers, ...login() }, 'POST', action);
    assert.deepEqual([taken.status, taken.body], [200, '{"errors":true}']);
  });

  it('opens no port but the one of HTTP', async function () {
    if (process.platform !== 'linux') this.skip();
    const pid = await lake.pidOf('elasticsearch');
    const ports = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
      readFileSync(table, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[3] === '0A')
        .map((fields) => parseInt(fields[1]?.split(':')[1] ?? '', 16)),
    );
    const own = [...new Set(ports)].filter((port) => holds(pid, port));
    assert.deepEqual(own, [Number(new URL(lake.search).port)]);
  });

  it('is closed to another user of the machine, as is the dashboard', async function () {
    if (process.getuid?.() !== 0) this.skip();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const user = [`--reuid=${String(stranger)}`, `--regid=${String(stranger)}`, '--clear-groups'];
    const read = await execa('setpriv', [...user, 'cat', file], { reject: false });
    assert.deepEqual([read.exitCode === 0, read.stdout], [false, '']);
    const script = 'for (const url of process.argv.slice(1)) fetch(url).then(({ status }) => console.log(status))';
    const urls = [`${lake.search}/crypto_quote/_count`, `${lake.dashboard}/metrics`];
    const asked = await execa('setpriv', [...user, process.execPath, '-e', script, ...urls]);
    assert.deepEqual(asked.stdout.split('\n'), ['401', '401']);
  });

  it('is used by commands, jobs and dashboard as before', async () => {
    const status = await lake.sound();
    assert.equal(typeof status.documents, 'number');
    assert.ok(status.signIn?.servers.includes('Elasticsearch'));
    assert.equal((await lake.askDashboard('/api/prices')).status, 200);
    const spec = readFileSync(layOut(lake.data).spec, 'utf8');
    assert.ok(spec.includes(file));
    assert.ok(!spec.includes(token));
  });
});
