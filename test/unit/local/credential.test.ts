import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  credentialMark,
  ensureCredential,
  examineCredential,
  findCredential,
  readCredential,
} from '../../../src/local/credential.ts';
import { Fault } from '../../../src/errors.ts';
import { layOut, type Layout } from '../../../src/local/layout.ts';
import { repairMemory } from '../../../src/local/memory-files.ts';
import { temporaryFolder } from '../../support/folders.ts';

describe('the credential of a lake', () => {
  const folder = temporaryFolder();
  let layout: Layout;
  const mode = () => statSync(layout.credential).mode & 0o777;

  beforeEach(() => {
    layout = layOut(join(folder.path, 'lake'));
    rmSync(layout.data, { recursive: true, force: true });
    ensureCredential(layout);
  });

  it('is drawn once, for its owner only, and the file holds nothing else', () => {
    const token = readFileSync(layout.credential, 'utf8');
    assert.match(token, /^[A-Za-z0-9_-]{43}$/);
    assert.equal(Buffer.from(token, 'base64url').length, 32);
    assert.equal(mode(), 0o600);
    ensureCredential(layout);
    assert.equal(readCredential(layout), token);
    const other = layOut(join(folder.path, 'other'));
    ensureCredential(other);
    assert.notEqual(readCredential(other), token);
  });

  it('has a mark that changes with it and does not contain it', () => {
    const mark = credentialMark(layout);
    assert.match(mark ?? '', /^[0-9a-f]{16}$/);
    rmSync(layout.credential);
    assert.equal(credentialMark(layout), undefined);
    ensureCredential(layout);
    assert.notEqual(credentialMark(layout), mark);
  });

  it('may end with a line break', () => {
    const token = readCredential(layout);
    writeFileSync(layout.credential, `${token}\n`);
    assert.equal(readCredential(layout), token);
  });

  const damages: Record<string, (path: string) => void> = {
    'is missing': (path) => {
      rmSync(path);
    },
    'is empty': (path) => {
      writeFileSync(path, '');
    },
    'is cut or is no credential': (path) => {
      writeFileSync(path, readFileSync(path, 'utf8').slice(0, 20));
    },
    'is no file': (path) => {
      rmSync(path);
      mkdirSync(path);
    },
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`that ${what} is one clear error, and "up" draws a new one`, () => {
      const before = readCredential(layout);
      damage(layout.credential);
      assert.equal(findCredential(layout), undefined);
      assert.throws(() => readCredential(layout), isFault(`the credential of the lake ${what}`));
      repair();
      assert.notEqual(readCredential(layout), before);
      assert.equal(mode(), 0o600);
    });
  }

  it('that others can read keeps its value: "up" closes the file', () => {
    const before = readCredential(layout);
    chmodSync(layout.credential, 0o644);
    assert.equal(examineCredential(layout.credential), 'can be read by others');
    assert.equal(readCredential(layout), before);
    repair();
    assert.equal(mode(), 0o600);
    assert.equal(readCredential(layout), before);
  });

  it('is not followed to another place', () => {
    const elsewhere = join(folder.path, 'elsewhere');
    writeFileSync(elsewhere, 'x'.repeat(43));
    rmSync(layout.credential);
    symlinkSync(elsewhere, layout.credential);
    assert.equal(examineCredential(layout.credential), 'is no file');
    repair();
    assert.equal(readFileSync(elsewhere, 'utf8'), 'x'.repeat(43));
    assert.equal(mode(), 0o600);
  });

  it('of another user is refused', function () {
    if (process.getuid?.() !== 0) this.skip();
    chownSync(layout.credential, 65534, 65534);
    assert.throws(() => readCredential(layout), isFault('the credential of the lake belongs to another user'));
    repair();
    assert.equal(statSync(layout.credential).uid, 0);
  });

  function repair(): void {
    writeFileSync(layout.journal, JSON.stringify({ version: 2, entries: [{ id: 'resident', state: 'stands' }] }));
    const said: string[] = [];
    repairMemory(layout, { onEvent: (event) => said.push((event as { text: string }).text) }, 'It is written again.');
    const [text, ...others] = said.filter((line) => line.startsWith(layout.credential));
    assert.match(text ?? '', /: it held .*\. It is written again\.$/);
    assert.deepEqual(others, []);
    ensureCredential(layout);
    assert.equal(examineCredential(layout.credential), undefined);
  }

  function isFault(message: string) {
    return (error: unknown) =>
      error instanceof Fault &&
      error.kind === 'environment' &&
      error.message === message &&
      error.where === layout.credential &&
      /"cryptodm up"/.test(error.next ?? '');
  }
});
