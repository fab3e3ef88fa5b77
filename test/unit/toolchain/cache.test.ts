import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  cacheFolder,
  findBroken,
  isComplete,
  listFiles,
  markUsed,
  pruneUnused,
  publishFolder,
} from '../../../src/toolchain/cache.ts';
import { temporaryFolder } from '../../support/folders.ts';

describe('publishFolder', () => {
  const root = temporaryFolder();
  const target = () => join(root.path, 'deep/thing');

  async function fill(temporary: string): Promise<void> {
    mkdirSync(join(temporary, 'lib'));
    writeFileSync(join(temporary, 'lib/b.jar'), 'bbbb');
    writeFileSync(join(temporary, 'lib/a.jar'), 'aa');
  }

  it('shows the folder only when it is whole', async () => {
    await publishFolder(target(), async (temporary) => {
      await fill(temporary);
      assert.equal(existsSync(target()), false);
    });
    assert.ok(isComplete(target()));
    assert.deepEqual(listFiles(target()), ['lib/a.jar', 'lib/b.jar']);
  });

  it('leaves nothing behind after a failure', async () => {
    await assert.rejects(
      publishFolder(target(), async (temporary) => {
        await fill(temporary);
        throw new Error('no more');
      }),
      /no more/,
    );
    assert.deepEqual(readdirSync(join(root.path, 'deep')), []);
    assert.equal(findBroken(target()), undefined);
  });

  it('replaces only what is missing or truncated', async () => {
    await publishFolder(target(), fill);
    truncateSync(join(target(), 'lib/b.jar'), 1);
    writeFileSync(join(target(), 'verified.json'), 'of another');
    assert.deepEqual(findBroken(target()), ['lib/b.jar']);
    await publishFolder(target(), fill);
    assert.ok(isComplete(target()));
    assert.equal(readFileSync(join(target(), 'lib/b.jar'), 'utf8'), 'bbbb');
    assert.equal(readFileSync(join(target(), 'verified.json'), 'utf8'), 'of another');

    rmSync(join(target(), 'lib'), { recursive: true });
    await publishFolder(target(), fill);
    assert.ok(isComplete(target()));
  });

  it('lets two runs at once end with one whole folder', async () => {
    const pause = () => new Promise((done) => setTimeout(done, 5));
    const slowly = async (temporary: string) => {
      await fill(temporary);
      await pause();
    };
    await Promise.all([publishFolder(target(), slowly), pause().then(() => publishFolder(target(), slowly))]);
    assert.ok(isComplete(target()));
    assert.deepEqual(readdirSync(join(root.path, 'deep')), ['thing']);
  });

  it('sweeps what an ended process left', async () => {
    mkdirSync(join(root.path, 'deep/.thing.999999999.1/lib'), { recursive: true });
    mkdirSync(join(root.path, `deep/.thing.${process.ppid}.1`));
    await publishFolder(target(), fill);
    assert.deepEqual(readdirSync(join(root.path, 'deep')).sort(), [`.thing.${process.ppid}.1`, 'thing']);
  });

  it('says which folder it could not write', async () => {
    writeFileSync(join(root.path, 'deep'), 'a file');
    await assert.rejects(publishFolder(target(), fill), { kind: 'environment', where: join(root.path, 'deep') });
  });
});

describe('pruneUnused', () => {
  const root = temporaryFolder();

  it('removes folders that nobody used for days', async () => {
    for (const name of ['old', 'used', 'new']) {
      await publishFolder(join(root.path, name), async (temporary) => writeFileSync(join(temporary, 'a.jar'), 'a'));
      if (name !== 'new') utimesSync(join(root.path, name, 'complete.json'), 1, 1);
    }
    markUsed(join(root.path, 'used'));
    pruneUnused(root.path, 14);
    assert.deepEqual(readdirSync(root.path).sort(), ['new', 'used']);
  });
});

describe('cacheFolder', () => {
  const at = (env: Record<string, string>) =>
    cacheFolder({ env, platform: 'linux', home: '/home/me', root: '/', superuser: false });

  it('follows the custom of the system', () => {
    assert.equal(at({}), '/home/me/.cache/cryptodm');
    assert.equal(at({ XDG_CACHE_HOME: '/fast' }), '/fast/cryptodm');
  });
});
