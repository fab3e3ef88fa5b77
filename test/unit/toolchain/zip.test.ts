import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readZipEntry } from '../../../src/toolchain/zip.ts';
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
});
