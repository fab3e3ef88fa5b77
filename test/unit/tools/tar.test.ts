import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readElf } from '../../../src/tools/elf.ts';
import { tar, untar } from '../../../src/tools/tar.ts';

describe('an archive', () => {
  const long = `${'folder/'.repeat(16)}file`;
  const archive = tar([
    { path: 'a', mode: 0o755 },
    { path: 'a/text', mode: 0o644, content: Buffer.from('one') },
    { path: 'a/program', mode: 0o755, content: Buffer.alloc(513, 1) },
    { path: 'a/link', link: 'text' },
    { path: 'a/empty', mode: 0o600, content: Buffer.alloc(0) },
    { path: long, mode: 0o644, content: Buffer.from('deep') },
  ]);

  it('is what tar unpacks, with modes and links', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-tar-'));
    try {
      execFileSync('tar', ['--extract', '--file', '-', '--directory', folder], { input: archive });
      const mode = (path: string) => lstatSync(join(folder, path)).mode & 0o777;
      assert.deepEqual(['a', 'a/text', 'a/program', 'a/empty'].map(mode), [0o755, 0o644, 0o755, 0o600]);
      assert.equal(readlinkSync(join(folder, 'a/link')), 'text');
      assert.equal(readFileSync(join(folder, 'a/program')).length, 513);
      assert.equal(readFileSync(join(folder, long), 'utf8'), 'deep');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is read again', () => {
    const files = untar(archive);
    assert.deepEqual([...files.keys()], ['a/text', 'a/program', 'a/empty', long]);
    assert.equal(files.get('a/text')?.toString('utf8'), 'one');
  });
});

describe('a program of Linux', () => {
  it('names its loader and libraries, and other files name none', function () {
    if (process.platform !== 'linux') this.skip();
    const needs = readElf(readFileSync(process.execPath));
    assert.match(needs?.loader ?? '', /^\/lib.*\/ld-/);
    assert.ok(
      needs?.libraries.some((name) => name.startsWith('libc.')),
      JSON.stringify(needs),
    );
    assert.equal(readElf(readFileSync(import.meta.filename)), undefined);
  });
});
