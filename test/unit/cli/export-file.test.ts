import { deepEqual, equal, throws } from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openExport } from '../../../src/cli/export/export-file.ts';
import { Fault } from '../../../src/errors.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

const plain = { byDay: false, force: false };

describe('the file of an export', () => {
  const folder = temporaryFolder();
  const refusal = (what: RegExp, to: string | undefined, how: Partial<typeof plain> = {}) =>
    throws(
      () => openExport(folder.path, to, { ...plain, ...how }),
      (thrown) => thrown instanceof Fault && thrown.kind === 'usage' && what.test(thrown.message),
    );

  it('appears when it is whole', () => {
    const file = openExport(folder.path, 'rows.CSV', plain);
    equal(file.format, 'csv');
    writeFileSync(file.temporary, 'a\r\n1\r\n');
    equal(readdirSync(folder.path).includes('rows.CSV'), false);
    equal(file.finish(), 6);
    file.discard();
    deepEqual(readdirSync(folder.path), ['rows.CSV']);
  });

  it('leaves nothing when it fails', () => {
    openExport(folder.path, 'rows.json', plain).discard();
    openExport(folder.path, 'rows.json', { ...plain, byDay: true }).discard();
    deepEqual(readdirSync(folder.path), []);
  });

  it('needs an ending that it knows and a folder that is there', () => {
    refusal(/unknown ending/, 'rows.xls');
    refusal(/unknown ending/, 'rows');
    refusal(/no file to write to/, undefined);
    refusal(/there is no folder/, join('nowhere', 'rows.csv'));
  });

  it('replaces a file with --force only, also one that appears meanwhile', () => {
    writeFiles(folder.path, { 'rows.csv': 'mine' });
    refusal(/exists already/, 'rows.csv');
    const forced = openExport(folder.path, 'rows.csv', { ...plain, force: true });
    equal(readFileSync(forced.path, 'utf8'), 'mine');
    forced.finish();
    equal(readFileSync(forced.path, 'utf8'), '');
    const late = openExport(folder.path, 'late.csv', plain);
    writeFiles(folder.path, { 'late.csv': 'theirs' });
    throws(() => late.finish(), /exists already/);
    late.discard();
    equal(readFileSync(late.path, 'utf8'), 'theirs');
  });

  it('replaces no folder but one of an export', () => {
    mkdirSync(join(folder.path, 'mine.csv', 'letters'), { recursive: true });
    refusal(/is a folder, and is not replaced/, 'mine.csv', { byDay: true, force: true });
    refusal(/is a folder, and is not replaced/, 'mine.csv', { force: true });
    writeFiles(folder.path, { 'days.csv/day=2026-11-30/data_0.csv': 'a\n', 'rows.csv': 'a\n' });
    refusal(/is a file, and is not replaced/, 'rows.csv', { byDay: true, force: true });
    openExport(folder.path, 'days.csv', { byDay: true, force: true }).finish();
    deepEqual(readdirSync(join(folder.path, 'days.csv')), []);
  });
});
