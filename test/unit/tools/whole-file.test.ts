import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../../../src/tools/whole-file.ts';
import { temporaryFolder } from '../../support/folders.ts';

describe('replaceFile', () => {
  const folder = temporaryFolder();

  it('makes folder and file for the owner only, and leaves nothing beside it', () => {
    const file = join(folder.path, 'run', 'parts.json');
    replaceFile(file, 'one');
    replaceFile(file, 'two');
    assert.equal(readFileSync(file, 'utf8'), 'two');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder.path, 'run')).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(join(folder.path, 'run')), ['parts.json']);
  });

  it('fails where it can’t write, and leaves what was there', () => {
    const file = join(folder.path, 'file');
    replaceFile(file, 'kept');
    assert.throws(() => {
      replaceFile(join(file, 'beneath'), 'x');
    });
    assert.equal(readFileSync(file, 'utf8'), 'kept');
  });
});
