import { deepEqual, equal, ok } from 'node:assert/strict';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { History, historyFile, mostEntries } from '../../../../src/cli/shell/history.ts';
import { temporaryFolder, writeFiles } from '../../../support/folders.ts';

describe('the history of the shell', () => {
  const folder = temporaryFolder();
  const file = () => historyFile({ XDG_STATE_HOME: folder.path });

  it('is in the state folder of the user, and only the user can read it', () => {
    equal(file(), join(folder.path, 'cryptodm', 'shell-history'));
    ok(new History(file()).add('select 1;'));
    equal(statSync(file()).mode & 0o777, 0o600);
    chmodSync(file(), 0o644);
    deepEqual(new History(file()).entries, ['select 1;']);
    equal(statSync(file()).mode & 0o777, 0o600);
  });

  it('keeps the newest first, each entry once and on one line', () => {
    const history = new History(file());
    for (const entry of ['select 1;', "select 'a\n  b';", 'select 1;', ' ']) history.add(entry);
    deepEqual(history.entries, ['select 1;', "select 'a b';"]);
    deepEqual(new History(file()).entries, history.entries);
  });

  it('forgets the oldest', () => {
    const lines = Array.from({ length: 2 * mostEntries + 1 }, (_, at) => `select ${String(at)};`);
    writeFiles(folder.path, { 'cryptodm/shell-history': `${lines.join('\n')}\n` });
    equal(new History(file()).entries.length, mostEntries);
    equal(readFileSync(file(), 'utf8').trim().split('\n').length, mostEntries);
  });

  it('says when it can’t be written', () => {
    writeFiles(folder.path, { cryptodm: 'a file' });
    equal(new History(file()).add('select 1;'), false);
  });
});
