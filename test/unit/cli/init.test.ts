import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from '../../../src/settings/settings.ts';
import { execa } from 'execa';
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

  it('prints YAML only', async () => {
    const { code, stdout, stderr } = await init('--prefix', 'acme-lake', '--print', '--json');
    deepEqual([code, stdout], [2, '']);
    match(stderr, /'--print' cannot be used with option '--json'/);
  });

  it('leaves an existing file alone', async () => {
    writeFiles(folder.path, { 'cryptodm.yaml': 'source: simulate\n' });
    equal((await init('--prefix', 'acme-lake')).code, 2);
  });
});

describe('init --ci github', () => {
  const folder = temporaryFolder();
  const files = ['.github/workflows/cryptodm.yml', '.github/cryptodm-role/main.tf'];
  const settings = 'target: aws\naws: { prefix: acme-lake, region: eu-central-1 }\n';
  const init = (...args: string[]) => runCommand(['init', '--ci', 'github', ...args], { cwd: folder.path });
  const read = (path: string) => readFileSync(join(folder.path, path), 'utf8');
  const written = () => files.filter((path) => existsSync(join(folder.path, path)));

  it('writes a workflow and its roles for the lake of the settings that are there', async () => {
    writeFiles(folder.path, { 'cryptodm.yaml': settings });
    const ran = await init('--repository', 'acme/lake', '--branch', 'release', '--down-at', '0 20 * * 1-5');
    equal(ran.code, 0, ran.stderr);
    deepEqual(
      ran.stdout.trim().split('\n'),
      files.map((path) => join(folder.path, path)),
    );
    match(read(files[0] ?? ''), /branches: \['release'\][\s\S]*cron: '0 20 \* \* 1-5'[\s\S]*aws-region: eu-central-1/);
    match(read(files[1] ?? ''), /"repo:acme\/lake", "repo:acme@\$\{var\.owner_id\}\/lake@\$\{var\.repository_id\}"/);
    equal(read('cryptodm.yaml'), settings);
  });

  it('writes the settings too where there are none', async () => {
    const ran = await init('--repository', 'acme/lake', '--target', 'aws', '--prefix', 'acme-lake');
    equal(ran.code, 0, ran.stderr);
    deepEqual(written(), files);
    equal(readSettings({ flags: {}, env: {}, cwd: folder.path }).aws.prefix, 'acme-lake');
  });

  it('takes the repository from the origin of git', async () => {
    writeFiles(folder.path, { 'cryptodm.yaml': settings });
    for (const [url, repository] of [
      ['git@github.com:acme/lake.git', 'acme/lake'],
      ['https://github.com/other/my.lake', 'other/my.lake'],
    ] as const) {
      await execa('git', ['init', '--quiet'], { cwd: folder.path });
      await execa('git', ['config', 'remote.origin.url', url], { cwd: folder.path });
      equal((await init('--force')).code, 0);
      match(read(files[1] ?? ''), new RegExp(`"repo:${repository}"`));
    }
  });

  it('overwrites nothing without --force, and then writes no file at all', async () => {
    writeFiles(folder.path, { 'cryptodm.yaml': settings, [files[1] ?? '']: 'mine' });
    const ran = await init('--repository', 'acme/lake');
    equal(ran.code, 2);
    match(ran.stderr, /main\.tf exists already[\s\S]*--force/);
    deepEqual(written(), files.slice(1));
    equal(read(files[1] ?? ''), 'mine');
    equal((await init('--repository', 'acme/lake', '--force')).code, 0);
    deepEqual(written(), files);
  });

  const wrong: [what: string, settings: string, args: string[], code: number, message: RegExp][] = [
    ['a repository without owner', settings, ['--repository', 'lake'], 2, /"lake" is no repository of GitHub/],
    ['a repository that means all', settings, ['--repository', 'acme/*'], 2, /"acme\/\*" is no repository/],
    ['no repository and no origin', settings, [], 2, /git knows no origin at GitHub/],
    ['a branch', settings, ['--repository', 'a/b', '--branch', "x' || '"], 2, /is no name of a branch/],
    ['a time', settings, ['--repository', 'a/b', '--down-at', '20:00'], 2, /"20:00" is no time as cron has it/],
    ['an hour', settings, ['--repository', 'a/b', '--down-at', '0 24 * * *'], 2, /is no time as cron has it/],
    ['--print', settings, ['--repository', 'a/b', '--print'], 2, /--ci writes several files/],
    ['a lake on this machine', 'source: simulate\n', ['--repository', 'a/b'], 2, /no access to this machine/],
    ['no prefix', 'target: aws\n', ['--repository', 'a/b'], 3, /needs a prefix/],
    [
      'a state on one machine',
      `${settings.slice(0, -3)}, state: local }\n`,
      ['--repository', 'a/b'],
      3,
      /state in the bucket/,
    ],
  ];
  for (const [what, content, args, code, message] of wrong) {
    it(`refuses ${what}, and writes nothing`, async () => {
      writeFiles(folder.path, { 'cryptodm.yaml': content });
      const ran = await init(...args);
      equal(ran.code, code, ran.stderr);
      match(ran.stderr, message);
      deepEqual(written(), []);
    });
  }

  it('knows its flags only together', async () => {
    const ran = await runCommand(['init', '--down-at', '0 20 * * *'], { cwd: folder.path });
    equal(ran.code, 2);
    match(ran.stderr, /--down-at works only with --ci/);
  });
});
