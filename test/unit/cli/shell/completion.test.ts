import { deepEqual, ok } from 'node:assert/strict';
import { complete } from '../../../../src/cli/shell/completion.ts';

const columns = (...names: string[]) => names.map((name) => ({ name, type: 'VARCHAR' }));
const tables = [
  { name: 'crypto_db.crypto_quote', columns: columns('asset_id', 'price_crypto') },
  { name: 'crypto_db.crypto_trader', columns: columns('asset_id', 'quantity') },
  { name: 'analytics.daily', columns: columns('day', 'total') },
];
const candidates = (text: string) => complete(text, tables, ['crypto_db'])[0];

describe('completion in the shell', () => {
  it('gives tables after FROM, JOIN and DESCRIBE, with and without their database', () => {
    deepEqual(candidates('select * from crypto_q'), ['crypto_quote']);
    deepEqual(candidates('select * from crypto_db.crypto_t'), ['crypto_db.crypto_trader']);
    deepEqual(candidates('select 1 from crypto_quote join CRYPTO_T'), ['crypto_trader']);
    deepEqual(candidates('select 1 from crypto_quote, crypto_t'), ['crypto_trader']);
    deepEqual(candidates('describe an'), ['analytics.daily']);
    deepEqual(candidates('select * from da'), []);
  });

  it('gives columns of the tables that the statement names', () => {
    deepEqual(candidates('select * from crypto_quote where pri'), ['price_crypto']);
    deepEqual(candidates('select *\nfrom analytics.daily\norder by tot'), ['total']);
    deepEqual(candidates('select * from crypto_quote where quant'), []);
  });

  it('gives columns of a table after its name or alias', () => {
    deepEqual(candidates('select * from crypto_quote q join crypto_trader as t on q.'), [
      'q.asset_id',
      'q.price_crypto',
    ]);
    deepEqual(candidates('select * from crypto_quote q join crypto_trader as t on q.asset_id = t.qu'), ['t.quantity']);
    deepEqual(candidates('select crypto_trader.q'), ['crypto_trader.quantity']);
  });

  it('gives words and functions, as they are written', () => {
    deepEqual(candidates('sel'), ['select']);
    deepEqual(candidates('SEL'), ['SELECT']);
    ok(candidates('select date_t').includes('date_trunc('));
  });

  it('gives commands, and tables after \\d', () => {
    deepEqual(candidates('\\t'), ['\\timing']);
    deepEqual(candidates('\\d crypto_q'), ['crypto_quote']);
  });

  it('gives nothing in texts and comments', () => {
    deepEqual(candidates("select 'sel"), []);
    deepEqual(candidates('select 1 -- sel'), []);
    deepEqual(candidates('select 1 /* sel'), []);
  });
});
