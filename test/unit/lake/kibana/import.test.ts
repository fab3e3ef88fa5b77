import assert from 'node:assert/strict';
import { Fault } from '../../../../src/errors.ts';
import { renderObjects, type SavedObject } from '../../../../src/lake/kibana/saved-object.ts';
import { marketDashboard } from '../../../../src/lake/kibana/market-dashboard.ts';
import { declareLake } from '../../../../src/lake/declaration.ts';
import { importSavedObjects, type Kibana } from '../../../../src/tools/kibana.ts';
import { runCommand } from '../../../support/command-line.ts';
import { KibanaDouble } from '../../../support/kibana.ts';

const objects = marketDashboard(declareLake(['BTC/USD']));
const login = { username: 'ana', password: 'a pass: word' };
const basic = `Basic ${Buffer.from('ana:a pass: word').toString('base64')}`;

describe('kibana import', () => {
  let kibana: KibanaDouble;

  beforeEach(async () => {
    kibana = await KibanaDouble.start();
  });

  afterEach(async () => {
    await kibana.stop();
  });

  const bring = (more: Partial<Kibana> = {}, what: SavedObject[] = objects) =>
    importSavedObjects({ url: kibana.url, login: 'none', ...more }, renderObjects(what), {
      signal: new AbortController().signal,
      retries: { most: 3, firstWaitMs: 5, longestWaitMs: 20 },
    });

  const faultOf = async (act: Promise<unknown>): Promise<Fault> => {
    const thrown: unknown = await act.then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(thrown instanceof Fault, String(thrown));
    return thrown;
  };

  it('brings every object, and the second time in place of those of the first', async () => {
    const first = await bring();
    assert.deepEqual(kibana.objects(), objects);
    assert.ok(first.every(({ overwritten }) => !overwritten));
    const second = await bring();
    assert.deepEqual(kibana.objects(), objects);
    assert.ok(second.every(({ overwritten }) => overwritten));
    assert.deepEqual(
      second.map(({ id }) => id),
      objects.map(({ id }) => id),
    );
  });

  it('brings them into a space, once, also where another space has them', async () => {
    kibana.spaces.set('market', new Map());
    await bring();
    const [one, other] = [await bring({ space: 'market' }), await bring({ space: 'market' })];
    assert.equal(kibana.objects('market').length, objects.length);
    assert.deepEqual(
      one.map(({ id }) => id),
      other.map(({ id }) => id),
    );
    const fault = await faultOf(bring({ space: 'nowhere' }));
    assert.deepEqual([fault.exitCode, fault.where], [2, '--space']);
    assert.match(fault.message, /has no space nowhere/);
    assert.equal(kibana.spaces.has('nowhere'), false);
  });

  it('signs in by API key or by user and password', async () => {
    kibana.admits = (given) => given === basic || given === 'ApiKey a-key';
    await bring({ login });
    await bring({ login: { apiKey: 'a-key' } });
    for (const wrong of [{ apiKey: 'another' }, { ...login, password: 'wrong' }, 'none'] as const) {
      const fault = await faultOf(bring({ login: wrong }));
      assert.deepEqual([fault.exitCode, fault.message], [3, 'Kibana does not know this user or key']);
      assert.ok(!JSON.stringify([fault.message, fault.next, fault.facts]).includes('wrong'));
    }
    kibana.readers.push(basic);
    const fault = await faultOf(bring({ login }));
    assert.equal(fault.exitCode, 3);
    assert.match(fault.message, /does not allow this user to import: Unable to bulk_create dashboard,lens/);
  });

  it('retries while Kibana is busy or starts, and gives up', async () => {
    kibana.refusals.push(503, 429, 503);
    await bring();
    assert.equal(kibana.requests.length, 4);
    kibana.refusals.push(503, 503, 503, 503);
    const fault = await faultOf(bring());
    assert.equal(fault.exitCode, 6);
    assert.match(fault.message, /Kibana answers 503: Kibana server is not ready yet/);
  });

  it('reports each object that was not imported', async () => {
    const orphan = objects.filter(({ type }) => type !== 'index-pattern').slice(0, 2);
    const strange = { ...(orphan[0] as SavedObject), type: 'map' as 'lens', references: [] };
    const fault = await faultOf(bring({}, [strange, ...orphan]));
    assert.equal(fault.exitCode, 6);
    assert.match(fault.message, /did not import everything/);
    assert.match(fault.message, /map crypto-lake-last-price: unsupported_type/);
    assert.match(fault.message, /lens crypto-lake-change: missing_references, index-pattern crypto-lake-crypto-quote/);
  });

  it('reports a Kibana that is too old, another server, and no server', async () => {
    const future = { ...(objects[0] as SavedObject), typeMigrationVersion: '9.0.0' };
    assert.match(
      (await faultOf(bring({}, [future]))).message,
      /answers 422: Document .* more recent version of Kibana/,
    );
    const lost = await faultOf(bring({ url: `${kibana.url}/kibana` }));
    assert.deepEqual([lost.exitCode, lost.where], [2, '--url']);
    const { url } = kibana;
    await kibana.stop();
    const gone = await faultOf(bring({ url }));
    assert.equal(gone.exitCode, 6);
    assert.match(gone.message, /^Kibana can’t be reached: [A-Z_]+$/);
    kibana = await KibanaDouble.start();
  });

  describe('on the command line', () => {
    const run = (args: string[], env: Record<string, string> = {}) =>
      runCommand(['kibana', 'import', ...args], { env });

    it('takes its login from the environment and says where the dashboard is', async () => {
      kibana.admits = (given) => given === 'ApiKey a-key';
      const ran = await run(['--url', `${kibana.url}/`, '--json'], { KIBANA_API_KEY: 'a-key' });
      assert.equal(ran.code, 0, ran.stderr);
      const told = JSON.parse(ran.stdout) as { title: string; url: string; objects: unknown[] };
      assert.equal(told.title, 'Crypto Cotação de Mercado');
      assert.equal(told.url, `${kibana.url}/app/dashboards#/view/crypto-lake-crypto-cotacao-de-mercado`);
      assert.equal(told.objects.length, objects.length);
      const half = await run(['--url', kibana.url], { KIBANA_USERNAME: 'ana' });
      assert.equal(half.code, 3);
      assert.match(half.stderr, /KIBANA_PASSWORD is not set/);
    });

    it('refuses an address that is none, or that holds a password', async () => {
      for (const [args, message] of [
        [[], /needs --url/],
        [['--url', 'kibana'], /kibana is not an address/],
        [['--url', 'http://ana:secret@localhost:5601'], /holds a user or a password/],
      ] as const) {
        const ran = await run([...args]);
        assert.equal(ran.code, 2, ran.stderr);
        assert.match(ran.stderr, message);
        assert.ok(!ran.stderr.includes('secret'));
      }
    });
  });
});
