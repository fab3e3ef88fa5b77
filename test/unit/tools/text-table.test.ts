import assert from 'node:assert/strict';
import { table } from '../../../src/tools/text-table.ts';
import { fitLines, wrap } from '../../../src/tools/wrapped-text.ts';

describe('a table of text', () => {
  const head = ['part', 'state', 'memory', 'restarts'];
  const rows = [
    ['kafka', 'up', '256 MB', ''],
    ['spark', 'down', '8 MB', '3 (137)'],
  ];

  it('has its columns beside each other where they fit', () => {
    const text = ['part   state  memory  restarts', 'kafka  up     256 MB', 'spark  down     8 MB  3 (137)'];
    assert.deepEqual(table(head, rows), text);
    assert.deepEqual(table(head, rows, 80), text);
  });

  it('has what does not fit below its row, with the title of its column', () => {
    assert.deepEqual(table(head, rows, 19), [
      'part   state',
      'kafka  up',
      '    memory 256 MB',
      'spark  down',
      '    memory 8 MB,',
      '    restarts 3',
      '    (137)',
    ]);
  });
});

describe('wrapped text', () => {
  it('breaks at blanks, and no command in quotation marks', () => {
    assert.deepEqual(wrap('Start it again with "cryptodm up --any-port": it goes on.', 24), [
      'Start it again with',
      '"cryptodm up --any-port":',
      'it goes on.',
    ]);
  });

  it('keeps the indentation of a line, and lines that fit as they are', () => {
    assert.deepEqual(fitLines(['a   b', '  one two three'], 10), ['a   b', '  one two', '  three']);
    assert.deepEqual(fitLines(['one two three'], undefined), ['one two three']);
  });
});
