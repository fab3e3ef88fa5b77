import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copiedFrom, refuseCopy, refuseUnusablePath } from '../../../src/local/lake-folder.ts';
import { clusterIdOf, ensureLakeId, readLakeId } from '../../../src/local/identity.ts';
import { layOut } from '../../../src/local/layout.ts';
import { temporaryFolder } from '../../support/folders.ts';

describe('the folder of a lake', () => {
  const folder = temporaryFolder();
  const place = (name: string) => {
    const layout = layOut(join(folder.path, name));
    mkdirSync(layout.run, { recursive: true });
    const entry = { id: 'folder', inputs: { path: layout.data } };
    writeFileSync(layout.journal, JSON.stringify({ version: 2, entries: [entry] }));
    return layout;
  };

  it('that was copied is refused: what it remembers is the other lake’s', () => {
    const original = place('one');
    assert.equal(copiedFrom(original), undefined);
    const copy = layOut(join(folder.path, 'two'));
    cpSync(original.data, copy.data, { recursive: true });
    assert.throws(() => refuseCopy(copy), /two was copied or moved from the lake in .*one/);
  });

  it('is the same by whatever path it is reached', () => {
    place('one');
    symlinkSync(join(folder.path, 'one'), join(folder.path, 'link'));
    refuseCopy(layOut(join(folder.path, 'link')));
  });

  it('may have any name but one with signs that a server would take for syntax', () => {
    for (const name of ['my lake', 'two  spaces', '50%off', "it's", '$HOME', 'lake données 🪙', 'a&b;c', '~x', 'a:b'])
      refuseUnusablePath({ ...layOut('/'), data: join('/x', name) });
    for (const name of ['a\nb', 'a?b', 'a*b', 'a[1]', 'a{b}', 'a,b', 'a\\b', 'a#b', 'a"b', 'a\uFFFDb'])
      assert.throws(
        () => refuseUnusablePath({ ...layOut('/'), data: join('/x', name) }),
        /the servers can't work/,
        name,
      );
  });
});

describe('the identity of a lake', () => {
  const folder = temporaryFolder();

  it('is drawn once, belongs to its folder, and is drawn again when the file is lost', () => {
    const layout = layOut(join(folder.path, 'one'));
    assert.equal(readLakeId(layout), undefined);
    ensureLakeId(layout);
    const id = readLakeId(layout);
    assert.match(id ?? '', /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
    ensureLakeId(layout);
    assert.equal(readLakeId(layout), id);
    const copy = layOut(join(folder.path, 'two'));
    cpSync(layout.data, copy.data, { recursive: true });
    assert.equal(readLakeId(copy), undefined);
    writeFileSync(layout.identity, '');
    assert.equal(readLakeId(layout), undefined);
    ensureLakeId(layout);
    assert.notEqual(readLakeId(layout), id);
  });

  it('becomes the id of a new broker; one that was there keeps its own', () => {
    const layout = layOut(join(folder.path, 'one'));
    assert.equal(clusterIdOf(layout), undefined);
    ensureLakeId(layout);
    assert.equal(clusterIdOf(layout), readLakeId(layout));
    mkdirSync(join(layout.kafka, 'log'), { recursive: true });
    writeFileSync(layout.kafkaFormatted, '#\nversion=1\nnode.id=1\ncluster.id=abcdefghijklmnopqrstuv\n');
    assert.equal(clusterIdOf(layout), 'abcdefghijklmnopqrstuv');
    assert.ok(readFileSync(layout.identity, 'utf8').includes(layout.data));
  });
});
