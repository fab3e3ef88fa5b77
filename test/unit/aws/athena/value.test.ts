import { deepEqual, equal, throws } from 'node:assert/strict';
import { checkReading, readAsOf } from '../../../../src/aws/athena/statement.ts';
import { toCell, toColumn } from '../../../../src/aws/athena/value.ts';

describe('checkReading', () => {
  const reads = [
    'select 1',
    '  -- a comment\n /* another; */ SELECT \'a;b\', "c;d" from t ;; ',
    'with x as (select 1) select * from x',
    '(select 1) union (select 2)',
    'values 1, 2',
    'show tables in crypto_db',
    'describe crypto_db.crypto_quote',
    'explain analyze select 1',
    'explain (type distributed, format json) select 1',
    'table crypto_db.crypto_quote',
  ];
  for (const sql of reads)
    it(`takes ${JSON.stringify(sql)}`, () => equal(checkReading(`${sql}`), sql.trimEnd().replace(/[; ]+$/, '')));

  const writes = [
    'insert into t values 1',
    'explain analyze insert into t select 1',
    'explain (type io) delete from t',
    'create table t as select 1',
    "unload (select 1) to 's3://x' with (format = 'CSV')",
    'execute prepared',
    'vacuum t',
    'select 1; drop table t',
    '/* select */ drop table t',
    '-- select 1',
    '',
    ';',
  ];
  for (const sql of writes)
    it(`refuses ${JSON.stringify(sql)}`, () => throws(() => checkReading(sql), { kind: 'query' }));
});

describe('readAsOf', () => {
  const named = {
    tables: ['crypto_db.crypto_quote', 'crypto_db.crypto_trader'],
    views: ['crypto_db.crypto_trader_view'],
  };
  const at = Date.parse('2025-07-08T05:43:00Z');
  const time = "for timestamp as of timestamp '2025-07-08 05:43:00.000 UTC'";
  const read = (sql: string) => readAsOf(sql, at, named);

  it('puts the time behind each table, with or without its database, before the alias', () => {
    equal(
      read('select q.price_crypto from crypto_db.crypto_quote q join Crypto_Trader as t on true'),
      `select q.price_crypto from crypto_db.crypto_quote ${time} q join Crypto_Trader ${time} as t on true`,
    );
    equal(read('select 1 from "crypto_db"."crypto_quote"'), `select 1 from "crypto_db"."crypto_quote" ${time}`);
  });

  it('leaves columns, texts and comments alone', () => {
    const rest = "where crypto_quote.source = 'from crypto_quote' -- from crypto_quote";
    equal(
      read(`select crypto_db.crypto_quote.source from crypto_quote ${rest}`),
      `select crypto_db.crypto_quote.source from crypto_quote ${time} ${rest}`,
    );
  });

  it('refuses a view, and a statement without a table of the lake', () => {
    throws(() => read('select 1 from crypto_db.crypto_trader_view'), { kind: 'query' });
    throws(() => read('select 1'), { kind: 'query' });
  });
});

describe('values of Athena', () => {
  const column = (type: string) => ({ name: 'c', type, precision: 24, scale: 12 });

  it('become cells without loss', () => {
    const cells = [
      ['bigint', '7', 7],
      ['bigint', '9007199254740993', '9007199254740993'],
      ['decimal', '1.500000000000', '1.500000000000'],
      ['double', '1.5E3', 1500],
      ['double', 'NaN', 'NaN'],
      ['boolean', 'false', false],
      ['varchar', '', ''],
      ['date', '2025-07-08', '2025-07-08'],
      ['timestamp with time zone', '2025-07-08 05:43:00.000 UTC', '2025-07-08T05:43:00Z'],
      ['timestamp with time zone', '2025-07-08 05:43:00.123456 UTC', '2025-07-08T05:43:00.123456Z'],
      ['timestamp', '2025-07-08 05:43:00.120', '2025-07-08T05:43:00.120'],
      ['array', '[1, 2]', '[1, 2]'],
    ] as const;
    for (const [type, text, cell] of cells) equal(toCell(text, column(type)), cell, `${type} ${text}`);
    equal(toCell(undefined, column('bigint')), null);
  });

  it('have columns in the words of the formatters', () => {
    deepEqual(toColumn(column('decimal')), { name: 'c', type: 'DECIMAL(24,12)', kind: 'number' });
    deepEqual(
      ['timestamp with time zone', 'row', 'varbinary', 'boolean', 'varchar'].map((type) => toColumn(column(type)).kind),
      ['time', 'nested', 'binary', 'boolean', 'text'],
    );
  });
});
