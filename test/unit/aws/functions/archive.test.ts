import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readZipEntry } from '../../../../src/toolchain/zip.ts';
import { withFolder } from '../../../support/folders.ts';

const module = pathToFileURL(join(process.cwd(), 'build/archive.js')).href;
const { archive } = (await import(module)) as { archive: (files: Record<string, Uint8Array>) => Buffer };

describe('the zip of a function', () => {
  const files = { 'b.txt': Buffer.from('b'.repeat(1000)), 'index.mjs': Buffer.from('export const a = "é";\n') };

  it('holds its files', async () => {
    await withFolder((folder) => {
      const path = join(folder, 'a.zip');
      writeFileSync(path, archive(files));
      for (const [name, content] of Object.entries(files)) {
        assert.deepEqual(
          readZipEntry(path, (entry) => entry === name),
          content,
        );
      }
    });
  });

  it('has the same bytes for the same contents, whatever their order', () => {
    const turned = Object.fromEntries(Object.entries(files).reverse());
    assert.deepEqual(archive(turned), archive(files));
    assert.notDeepEqual(archive({ ...files, 'b.txt': Buffer.from('c') }), archive(files));
  });
});
