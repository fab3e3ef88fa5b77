import assert from 'node:assert/strict';
import { positionAt } from '../../../../src/tools/sql/position.ts';

describe('the place of a fault in SQL', () => {
  it('is a line, a column and a caret', () => {
    const place = positionAt('select 1,\n  nope\nfrom x', 12);
    assert.deepEqual(place, {
      line: 2,
      column: 3,
      where: 'line 2, column 3',
      snippet: '  nope\n  ^',
      facts: { line: 2, column: 3 },
    });
  });

  it('counts bytes as DuckDB does and characters as people do', () => {
    const sql = "select 'äöü€', nope";
    const place = positionAt(sql, Buffer.byteLength("select 'äöü€', "));
    assert.equal(place.column, 16);
    assert.equal(place.snippet, `${sql}\n${' '.repeat(15)}^`);
  });

  it('stays below its character behind tabs and at the end of the text', () => {
    assert.equal(positionAt('\tnope', 1).snippet, '\tnope\n\t^');
    assert.equal(positionAt('select 1 +', 10).snippet, 'select 1 +\n          ^');
  });

  it('shows a window of a long line', () => {
    const sql = `select ${'a, '.repeat(200)}nope ${', b'.repeat(200)}`;
    const [line = '', caret = ''] = positionAt(sql, sql.indexOf('nope')).snippet.split('\n');
    assert.ok(line.length <= 102);
    assert.equal(line.slice(caret.length - 1, caret.length + 3), 'nope');
  });
});
