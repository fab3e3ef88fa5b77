import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isWholeZip, readZipEntry } from '../../../src/toolchain/zip.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { writeZip } from '../../support/zip.ts';

describe('zip files', () => {
  const root = temporaryFolder();
  const file = () => join(root.path, 'a.zip');

  it('give one entry', () => {
    writeZip(file(), { 'a.txt': 'first', 'deep/b.txt': 'second '.repeat(500) });
    assert.equal(readZipEntry(file(), (name) => name.endsWith('/b.txt')).toString(), 'second '.repeat(500));
    assert.throws(() => readZipEntry(file(), (name) => name === 'c.txt'), /no such entry/);
  });

  it('are distinguished from truncated and other files', () => {
    writeZip(file(), { 'a.txt': 'first' });
    assert.ok(isWholeZip(file()));
    truncateSync(file(), 40);
    assert.equal(isWholeZip(file()), false);
    writeFileSync(file(), '');
    assert.equal(isWholeZip(file()), false);
    assert.equal(isWholeZip(join(root.path, 'none')), false);
  });
});
