import assert from 'node:assert/strict';
import { renderMerges } from '../../../../src/aws/functions/icon-merge.ts';
import { longestStatementBytes } from '../../../../src/aws/services/athena.ts';

const load = { table: 'crypto_db.crypto_assets', date: new Date('2026-11-22T23:59:00Z') };
const icon = (asset_id: string) => ({ asset_id, url: `https://icons.example/${'x'.repeat(80)}/${asset_id}.png` });

describe('the MERGE of icons', () => {
  it('is one statement with quoted texts', () => {
    const [sql = '', ...more] = renderMerges({ ...load, icons: [{ asset_id: "B'C", url: 'https://x/é' }] });
    assert.deepEqual(more, []);
    assert.match(sql, /^MERGE INTO crypto_db\.crypto_assets t\n/);
    assert.ok(sql.includes(`('B''C', 'https://x/é')`));
    assert.ok(sql.includes(`date '2026-11-22'`));
  });

  it('is none without icons', () => {
    assert.deepEqual(renderMerges({ ...load, icons: [] }), []);
  });

  it('is cut where Athena takes no more, and loses nobody', () => {
    const icons = Array.from({ length: 5000 }, (_, at) => icon(`C${String(at)}`));
    const statements = renderMerges({ ...load, icons });
    assert.ok(statements.length > 1);
    assert.ok(statements.every((sql) => Buffer.byteLength(sql) <= longestStatementBytes));
    const named = statements.flatMap((sql) => [...sql.matchAll(/^ {2}\('(C\d+)'/gm)].map(([, coin]) => coin));
    assert.deepEqual(
      named,
      icons.map(({ asset_id }) => asset_id),
    );
  });
});
