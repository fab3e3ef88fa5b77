import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from '../../../src/settings/settings.ts';
import { runCommand } from '../../support/command-line.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

describe('init --target aws', () => {
  const folder = temporaryFolder();
  const init = (...args: string[]) => runCommand(['init', '--target', 'aws', ...args], { cwd: folder.path });

  it('writes the target and what was chosen, for every later command', async () => {
    const flags = [
      '--prefix',
      'acme-lake',
      '--email',
      'me@example.com',
      '--ttl',
      '3d',
      '--elastic-url',
      'https://es.example.com',
    ];
    equal((await init(...flags)).code, 0);
    const { target, aws, elastic } = readSettings({ flags: {}, env: {}, cwd: folder.path });
    deepEqual(
      [target, aws.prefix, aws.region, aws.email, aws.timeToLive, elastic.url],
      ['aws', 'acme-lake', 'us-east-1', 'me@example.com', 259_200, 'https://es.example.com'],
    );
  });

  it('needs a prefix where nobody can be asked, and a valid one', async () => {
    const none = await init();
    equal(none.code, 2, none.stderr);
    match(none.stderr, /needs a prefix/);
    const wrong = await init('--prefix', 'Acme_');
    equal(wrong.code, 3);
    match(wrong.stderr, /--prefix: aws\.prefix is "Acme_"/);
    equal(existsSync(join(folder.path, 'cryptodm.yaml')), false);
  });

  it('leaves an existing file alone', async () => {
    writeFiles(folder.path, { 'cryptodm.yaml': 'source: simulate\n' });
    equal((await init('--prefix', 'acme-lake')).code, 2);
  });
});
