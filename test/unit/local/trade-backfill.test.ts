import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Fault } from '../../../src/errors.ts';
import { LocalLake } from '../../../src/local/lake.ts';
import { backfillTrades } from '../../../src/local/trade-backfill.ts';
import { readSettings } from '../../../src/settings/settings.ts';

describe('a backfill of trades that makes no sense', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'cryptodm-backfill-'))));
  after(() => rmSync(folder, { recursive: true }));

  async function refusal(
    request: { from?: string; to?: string; coins?: string; source?: string },
    source = 'coinbase',
  ) {
    const env = { CRYPTODM_PATHS_DATA: join(folder, 'lake'), CRYPTODM_SOURCE: source };
    const lake = new LocalLake(readSettings({ flags: {}, env, cwd: folder }));
    mkdirSync(dirname(lake.layout.spec), { recursive: true });
    writeFileSync(lake.layout.spec, '{}');
    const caller = { env, signal: new AbortController().signal, onEvent: () => undefined, entry: [] };
    const asked = { from: '2h', to: undefined, coins: undefined, source: undefined, mix: false, ...request };
    try {
      await backfillTrades(lake, caller, asked);
    } catch (error) {
      assert.ok(error instanceof Fault, String(error));
      assert.equal(error.kind, 'usage');
      assert.ok(error.next, 'says what to do');
      return error.message;
    }
    return assert.fail('it was taken');
  }

  it('is one of a lake that follows no exchange', async () => {
    assert.equal(await refusal({}, 'simulate'), 'this lake follows no exchange: its source is simulate');
  });

  it('is one of a source without trades', async () => {
    assert.equal(await refusal({ source: 'alpaca' }), '--source alpaca gives no trades of an exchange');
  });

  it('is one of the future, or with an end before its begin', async () => {
    assert.match(await refusal({ from: '2999-01-01' }), /^--from 2999-01-01 is in the future$/);
    assert.match(await refusal({ from: '2h', to: '3h' }), /^--from .* is not before --to /);
  });

  it('is one of trades that would be removed again', async () => {
    assert.match(await refusal({ from: '40d' }), /is before the 30 days for which trades are kept$/);
  });

  it('is one of a coin that the lake does not follow', async () => {
    assert.equal(await refusal({ coins: 'DOGE/USD' }), 'unknown coin DOGE/USD');
  });
});
