import assert from 'node:assert/strict';
import { exitCodes } from '../../../src/errors.ts';
import { appendForeign, foreignEngine } from '../../support/foreign-append.ts';
import type { TestLake } from '../../support/lake.ts';
import { parseExposition, labelled } from '../../support/prometheus.ts';
import { sharedLake } from '../../support/shared-lake.ts';

const icons = 'crypto_db.crypto_assets';

describe('commits of another engine', function () {
  this.timeout(180_000);
  let lake: TestLake;
  let known: { asset_id: string; url: string }[];
  const rows = () => lake.query<{ asset_id: string; url: string }>(`select asset_id, url from ${icons} order by 1, 2`);

  before(async () => {
    lake = await sharedLake();
    known = await rows();
    await lake.sound();
  });

  it('are named until somebody deals with them, and status ends with 5', async () => {
    await appendForeign(lake, icons, 'url', ['https://elsewhere/a.png']);
    const problem = await lake.named('foreign-commit', /./, 30_000);
    assert.equal(problem.what, `1 commit to ${icons} is not of this lake: append by ${foreignEngine}, 1 row written`);
    const shown = await lake.try(['status']);
    assert.equal(shown.code, exitCodes.part, shown.stdout);
    assert.match(shown.stdout, /^! 1 commit to crypto_db.crypto_assets is not of this lake/m);
    const metrics = parseExposition(await (await lake.askDashboard('/metrics')).text());
    const counted = metrics.get('cryptodm_table_foreign_commits');
    assert.equal(counted?.values.get(labelled({ table: icons })), 1);
    assert.equal(counted?.values.get(labelled({ table: 'crypto_db.crypto_quote' })), 0);
    assert.equal((await rows()).length, known.length + 1);
  });

  it('are not accepted while a key has two rows', async () => {
    const refused = await lake.try(['tables', 'accept', '--table', icons]);
    assert.equal(refused.code, exitCodes.part);
    assert.match(
      refused.stdout,
      /1 row with the key of a row of the lake.*not accepted: run ".*cryptodm tables repair/,
    );
    await lake.named('foreign-commit', /./, 1000);
  });

  it('lose to the rows of the lake in a repair, which deals with them', async () => {
    assert.match(await lake.run('tables', 'repair', '--table', icons), /by tester 1: .* the former were removed/);
    assert.deepEqual(await rows(), known);
    assert.equal((await lake.sound()).state, 'up');
    assert.equal((await lake.try(['status'])).code, 0);
  });

  it('of new keys may be accepted, and stay', async () => {
    await appendForeign(lake, icons, 'asset_id', ['ZZZ1', 'ZZZ2']);
    await lake.named('foreign-commit', /2 rows written/, 30_000);
    assert.match(await lake.run('tables', 'accept', '--table', icons), /0 rows with the key .*, 2 others: accepted/);
    await lake.sound();
    assert.equal((await rows()).length, known.length + 2);
    assert.match(await lake.run('tables', 'accept'), /^No other engine has committed anything/);
  });
});
