import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { strFromU8, strToU8 } from 'fflate';
import { billOfMaterials, type PackageLock } from '../../../build/release/bill-of-materials.ts';
import { notesOf } from '../../../build/release/changelog.ts';
import { addClassPath, splitJars } from '../../../build/release/jars.ts';
import { deadLinks, packageReadme, redirectLinks } from '../../../build/release/pages.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

describe('the jars of a released package', () => {
  it('hold once what both producers have', () => {
    const entries = (names: Record<string, string>) =>
      Object.fromEntries(Object.entries(names).map(([name, text]) => [name, strToU8(text)]));
    const { shared, own } = splitJars([
      entries({ 'a/Same.class': '1', 'a/Other.class': '1', 'a/Mine.class': '1' }),
      entries({ 'a/Same.class': '1', 'a/Other.class': '2', 'a/Theirs.class': '1' }),
    ]);
    assert.deepEqual(Object.keys(shared), ['a/Same.class']);
    assert.deepEqual(
      own.map((jar) => Object.keys(jar)),
      [
        ['a/Other.class', 'a/Mine.class'],
        ['a/Other.class', 'a/Theirs.class'],
      ],
    );
  });

  it('name the other one in a manifest that Java reads', () => {
    const manifest = 'META-INF/MANIFEST.MF';
    const jar = addClassPath({ [manifest]: strToU8('Manifest-Version: 1.0\r\nMain-Class: a.B\r\n\r\n') }, 'Shared.jar');
    assert.equal(
      strFromU8(jar[manifest] ?? new Uint8Array()),
      'Manifest-Version: 1.0\r\nMain-Class: a.B\r\nClass-Path: Shared.jar\r\n\r\n',
    );
    assert.throws(() => addClassPath(jar, 'Other.jar'), /has a class path already/);
  });
});

describe('the bill of materials', () => {
  const lock: PackageLock = {
    packages: {
      'node_modules/zod': { version: '4.6.7', integrity: 'sha512-AAEC', license: 'MIT' },
      'node_modules/a/node_modules/@scope/b': { version: '1.0.0' },
    },
  };

  it('names packages and jars with their hashes, each once', () => {
    const bill = billOfMaterials(
      { name: 'cryptodm', version: '1.2.3' },
      lock,
      ['node_modules/zod', 'node_modules/a/node_modules/@scope/b', 'node_modules/zod'],
      new Map([
        ['org/apache/kafka/kafka-clients/4.4.0/kafka-clients-4.4.0.jar', 'ab'],
        ['io/netty/netty-x/4.1/netty-x-4.1-linux-x86_64.jar', 'cd'],
      ]),
    );
    assert.deepEqual(
      bill.components.map(({ purl, hashes, licenses }) => [purl, hashes?.[0]?.content, licenses?.[0]?.expression]),
      [
        ['pkg:maven/io.netty/netty-x@4.1?classifier=linux-x86_64', 'cd', undefined],
        ['pkg:maven/org.apache.kafka/kafka-clients@4.4.0', 'ab', undefined],
        ['pkg:npm/%40scope/b@1.0.0', undefined, undefined],
        ['pkg:npm/zod@4.6.7', '000102', 'MIT'],
      ],
    );
    assert.equal(bill.metadata.component.purl, 'pkg:npm/cryptodm@1.2.3');
  });

  it('is not written when a package is not known', () => {
    assert.throws(
      () => billOfMaterials({ name: 'a', version: '1' }, lock, ['node_modules/c'], new Map()),
      /node_modules\/c/,
    );
  });
});

describe('the notes of a release', () => {
  const changelog = '# Changes\n\n## 1.1.0 (2026-12-02)\n\n- New.\n\n## 1.0.0\n\n- First.\n\n## 0.9.0\n';

  it('are what the changelog has for its version', () => {
    assert.equal(notesOf(changelog, '1.1.0'), '- New.');
    assert.equal(notesOf(changelog, '1.0.0'), '- First.');
  });

  it('must be there, also for the version of this checkout', () => {
    for (const version of ['1.1', '2.0.0', '0.9.0']) assert.throws(() => notesOf(changelog, version), /no notes for/);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    assert.ok(notesOf(readFileSync('CHANGELOG.md', 'utf8'), version).length > 100);
  });
});

describe('the pages of a package', () => {
  const folder = temporaryFolder();

  it('speak of the command as it is once installed', () => {
    for (const path of ['README.md', 'README.pt-BR.md']) {
      const page = packageReadme(readFileSync(path, 'utf8'));
      assert.match(page, /## (?:Start|Início)\n\n```\nnpm install --global cryptodm\ncryptodm up /);
      assert.doesNotMatch(page, /\.\/cryptodm/);
    }
    assert.throws(() => packageReadme('# cryptodm\n'), /no commands that begin/);
  });

  it('link to the source for what they don’t bring', () => {
    writeFiles(folder.path, { 'docs/a.md': '', 'docs/b.md': '' });
    const page = '[b](b.md) [own](#x) [web](https://e.com/x) [code](../src/x.ts) ![p](p.png)';
    const source = 'https://github.com/acme/cryptodm/blob/v1.0.0';
    assert.equal(
      redirectLinks(folder.path, 'docs/a.md', page, source),
      `[b](b.md) [own](#x) [web](https://e.com/x) [code](${source}/src/x.ts) ![p](p.png)`,
    );
    assert.equal(
      redirectLinks(folder.path, 'docs/a.md', page, undefined),
      '[b](b.md) [own](#x) [web](https://e.com/x) code ![p](p.png)',
    );
  });

  it('are refused with a dead link', () => {
    writeFiles(folder.path, {
      'README.md': '# A\n[x](docs/a.md#part) [y](docs/c.md) [z](#a) ![p](p.png)',
      'docs/a.md': '[up](../README.md#b)',
    });
    assert.deepEqual(deadLinks(folder.path).sort(), [
      'README.md: docs/a.md#part',
      'README.md: docs/c.md',
      'README.md: p.png',
      'docs/a.md: ../README.md#b',
    ]);
  });
});
