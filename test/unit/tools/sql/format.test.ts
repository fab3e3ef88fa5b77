import assert from 'node:assert/strict';
import { createFormatter, describeOutcome, type QueryFormat } from '../../../../src/tools/sql/format.ts';
import { formatCsv } from '../../../../src/tools/sql/format-csv.ts';
import { displayWidth } from '../../../../src/tools/sql/format-table.ts';
import type { Cell, ResultColumn } from '../../../../src/tools/sql/types.ts';
import { isoInstant } from '../../../../src/local/query/value.ts';

const id: ResultColumn = { name: 'id', type: 'BIGINT', kind: 'number' };
const price: ResultColumn = { name: 'price', type: 'DECIMAL(24,12)', kind: 'number' };
const label: ResultColumn = { name: 'label', type: 'VARCHAR', kind: 'text' };
const at: ResultColumn = { name: 'at', type: 'TIMESTAMP WITH TIME ZONE', kind: 'time' };

async function format(
  kind: QueryFormat,
  columns: ResultColumn[],
  batches: Cell[][][],
  width?: number,
): Promise<string> {
  let text = '';
  const formatter = createFormatter(kind, (part) => void (text += part), width);
  await formatter.columns(columns);
  for (const batch of batches) await formatter.rows(batch);
  await formatter.end();
  return text;
}

it('a result as JSON lines has one object a line, and nothing else', async () => {
  assert.equal(
    await format('jsonl', [id, label], [[[1, 'one']], [[2, null]]]),
    '{"id":1,"label":"one"}\n{"id":2,"label":null}\n',
  );
  assert.equal(await format('jsonl', [id], []), '');
});

describe('a result as a table', () => {
  it('puts numbers right, text left, NULL in words', async () => {
    const text = await format('table', [id, label], [[[1, 'one']], [[1000, null]]]);
    assert.equal(text, '  id  label\n────  ─────\n   1  one\n1000  NULL\n');
  });

  it('drops only the zeros that no row of a decimal column needs', async () => {
    const rows = [['108107.160000000000'], ['0.500000000000'], [null]];
    assert.equal(await format('table', [price], [rows]), '    price\n─────────\n108107.16\n     0.50\n     NULL\n');
    assert.equal(await format('table', [price], [[['100.000000000000']]]), 'price\n─────\n  100\n');
  });

  it('shortens text to the width, never a number', async () => {
    const text = await format(
      'table',
      [price, label],
      [[['123456.789000000000', 'a long text that does not fit in here']]],
      30,
    );
    assert.equal(text, '     price  label\n──────────  ──────────────────\n123456.789  a long text that …\n');
    for (const line of text.split('\n')) assert.ok(displayWidth(line) <= 30);
  });

  it('shows a block a row when numbers and times alone are too wide', async () => {
    const text = await format('table', [id, at, price], [[[7, '2025-07-08T05:43:00Z', '1.500000000000']]], 20);
    assert.equal(text, '─── row 1 ───\nid     7\nat     2025-07-08T05:43:00Z\nprice  1.5\n');
  });

  it('shows the columns of an empty result', async () => {
    assert.equal(await format('table', [id, label], []), 'id  label\n──  ─────\n');
    assert.equal(await format('table', [id, at], [], 3), 'id  at\n──  ──\n');
  });

  it('never lets data drive the terminal', async () => {
    const text = await format('table', [label], [[['\u001b[31mred\nnext\u202e']]]);
    assert.equal(text.split('\n')[2], '\\u001b[31mred\\nnext\\u202e');
  });

  it('aligns wide characters', async () => {
    const text = await format(
      'table',
      [label, id],
      [
        [
          ['日本', 1],
          ['ab', 2],
        ],
      ],
    );
    assert.equal(text, 'label  id\n─────  ──\n日本    1\nab      2\n');
    assert.equal(displayWidth('é'.normalize('NFD')), 1);
  });

  it('draws a plan as it comes', async () => {
    const columns = ['explain_key', 'explain_value'].map((name): ResultColumn => ({
      name,
      type: 'VARCHAR',
      kind: 'text',
    }));
    assert.equal(await format('table', columns, [[['physical_plan', '┌─┐\n└─┘\n']]], 5), '┌─┐\n└─┘\n');
  });
});

describe('a result as JSON', () => {
  it('is one array, whatever the batches', async () => {
    const text = await format('json', [id, price], [[[1, '1.500000000000']], [], [['9007199254740993', null]]]);
    assert.deepEqual(JSON.parse(text), [
      { id: 1, price: '1.500000000000' },
      { id: '9007199254740993', price: null },
    ]);
    assert.equal(text.split('\n').length, 5);
    assert.deepEqual(JSON.parse(await format('json', [id], [])), []);
    assert.deepEqual(JSON.parse(await format('json', [id], [[], [[1]]])), [{ id: 1 }]);
  });

  it('keeps columns of the same name apart', async () => {
    const text = await format('json', [id, id, { ...id, name: '__proto__' }], [[[1, 2, 3]]]);
    assert.deepEqual(Object.entries((JSON.parse(text) as object[])[0] ?? {}), [
      ['id', 1],
      ['id:1', 2],
      ['__proto__', 3],
    ]);
  });
});

describe('a result as CSV', () => {
  it('follows RFC 4180 and tells NULL from an empty text', async () => {
    const text = await format(
      'csv',
      [id, { ...label, name: 'a "name"' }],
      [
        [
          [1, 'x,y'],
          [2, 'say "hi"\nbye'],
          [3, ''],
          [null, null],
        ],
      ],
    );
    assert.equal(text, 'id,"a ""name"""\r\n1,"x,y"\r\n2,"say ""hi""\nbye"\r\n3,""\r\n,\r\n');
  });

  it('writes nested values as JSON', async () => {
    const nested: ResultColumn = { name: 'n', type: 'INTEGER[]', kind: 'nested' };
    assert.equal(
      await format('csv', [nested], [[[[1, null]], [{ a: 'b' } as unknown as Cell[]] as unknown as Cell[]]]),
      'n\r\n"[1,null]"\r\n"{""a"":""b""}"\r\n',
    );
  });
});

describe('the line about a result', () => {
  it('counts rows and says when there are more', () => {
    assert.equal(describeOutcome({ rows: 1, cut: false }, 0.214), '1 row in 0.21 s');
    assert.match(describeOutcome({ rows: 1000, cut: true }, 12.34), /^the first 1,000 rows in 12\.3 s; there are more/);
  });
});

describe('an instant', () => {
  it('has as many digits as it needs, before 1970 too', () => {
    assert.equal(isoInstant(0n, 'Z'), '1970-01-01T00:00:00Z');
    assert.equal(isoInstant(1_500_000n, 'Z'), '1970-01-01T00:00:01.500Z');
    assert.equal(isoInstant(-1n, 'Z'), '1969-12-31T23:59:59.999999Z');
    assert.equal(isoInstant(2n ** 63n - 1n, 'Z'), undefined);
  });
});

describe('a CSV file for spreadsheets', () => {
  const text = async (forSpreadsheets: boolean, cells: Cell[]) => {
    let file = '';
    const formatter = formatCsv((part) => void (file += part), { forSpreadsheets });
    await formatter.rows(cells.map((cell) => [cell]));
    return file.split('\r\n').slice(0, -1);
  };
  const formulas = ['=1+1', '+A1', '-A1', '@SUM(A1)', '\t=1', '=HYPERLINK("http://evil.test","x")'];

  it('puts an apostrophe before what would be a formula', async () => {
    const defused = [`'=1+1`, `'+A1`, `'-A1`, `'@SUM(A1)`, `'\t=1`, `"'=HYPERLINK(""http://evil.test"",""x"")"`];
    assert.deepEqual(await text(true, formulas), defused);
  });

  it('leaves numbers and other texts alone', async () => {
    const cells = ['-0.500000000000', '+1', '-1e-7', '1=1', 'a-b', ''];
    assert.deepEqual(await text(true, cells), ['-0.500000000000', '+1', '-1e-7', '1=1', 'a-b', '""']);
    assert.deepEqual(await text(true, [-1.5, null, true]), ['-1.5', '', 'true']);
  });

  it('changes nothing for a program', async () => {
    assert.deepEqual((await text(false, formulas)).slice(0, 4), formulas.slice(0, 4));
  });
});
