import assert from 'node:assert/strict';
import { athenaText, renderAthenaView } from '../../../src/lake/athena.ts';
import { declareLake } from '../../../src/lake/declaration.ts';

describe('a view in Athena', () => {
  const { tables, views } = declareLake(['BTC/USD'], 'acme_');
  const [view] = views;
  assert.ok(view);

  it('names the columns of a table, with times in UTC', () => {
    const sql = renderAthenaView(view, tables);
    assert.match(sql, /^CREATE OR REPLACE VIEW acme_crypto_db\.crypto_trader_view AS\nselect t\.transaction_id,\n/);
    assert.ok(
      sql.includes(`cast(t.transaction_timestamp at time zone 'UTC' as timestamp(6)) as transaction_timestamp`),
    );
    assert.ok(!sql.includes('*,'));
    assert.ok(sql.includes('left join acme_crypto_db.crypto_quote q'));
  });

  it('is refused when it takes all columns of what is no table of the lake', () => {
    const wrong = { name: 'acme_crypto_db.v', select: 'select x.* from acme_crypto_db.other x' };
    assert.throws(() => renderAthenaView(wrong, tables), /view acme_crypto_db\.v: x\.\* names no table/);
  });

  it('quotes texts', () => {
    assert.equal(athenaText("it's"), "'it''s'");
  });
});
