import { deepEqual } from 'node:assert/strict';
import { takeLine } from '../../../../src/cli/shell/line.ts';

const nothing = { tasks: [], waiting: '' };
const statement = (sql: string) => ({ kind: 'statement', sql });
const command = (name: string, argument = '') => ({ kind: 'command', name, argument });

describe('a line of the shell', () => {
  it('waits for a semicolon, over several lines', () => {
    deepEqual(takeLine('', 'select 1'), { tasks: [], waiting: 'select 1\n' });
    deepEqual(takeLine('select 1\n', '+ 2;'), { tasks: [statement('select 1\n+ 2')], waiting: '' });
  });

  it('may hold several statements, and begin another', () => {
    deepEqual(takeLine('', 'select 1; select 2; select'), {
      tasks: [statement('select 1'), statement('          select 2')],
      waiting: ' select\n',
    });
  });

  it('does not end a statement inside of a text or a comment', () => {
    deepEqual(takeLine('', "select 'a;").waiting, "select 'a;\n");
    deepEqual(takeLine('', 'select 1 /* ;').waiting, 'select 1 /* ;\n');
    deepEqual(takeLine('', '/* a comment').waiting, '/* a comment\n');
  });

  it('is nothing when it is empty or a comment', () => {
    for (const line of ['', '  ', ';', '-- why', '/* why */']) deepEqual(takeLine('', line), nothing, line);
  });

  it('is a command when it begins with a backslash, except within a statement', () => {
    deepEqual(takeLine('', ' \\d crypto_quote ;').tasks, [command('\\d', 'crypto_quote')]);
    deepEqual(takeLine('', '\\watch 5').tasks, [command('\\watch', '5')]);
    deepEqual(takeLine('select\n', '\\q').tasks, []);
  });

  it('leaves and helps by the words of other shells', () => {
    deepEqual(takeLine('', 'exit').tasks, [command('\\q')]);
    deepEqual(takeLine('', 'QUIT;').tasks, [command('\\q')]);
    deepEqual(takeLine('', 'help').tasks, [command('\\?')]);
    deepEqual(takeLine('select\n', 'exit').waiting, 'select\nexit\n');
  });
});
