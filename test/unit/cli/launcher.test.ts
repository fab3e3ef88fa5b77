import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

const fakeNode = (version: string) => `#!/bin/sh
if [ "$1" = --version ]; then echo asked >> "$LOG.versions"; echo ${version}; exit; fi
echo "node $*" >> "$LOG"
case $1 in
  *build.js) mkdir -p dist; echo built > dist/main.js; exit "\${BUILD_EXIT:-0}" ;;
  *) shift; printf '[%s]' "$@" ;;
esac
`;
const fakeNpm = `#!/bin/sh
echo "npm $*" >> "$LOG"
[ -n "$NPM_FAILS" ] && { echo 'npm error network'; exit 1; }
mkdir -p node_modules && rm -rf node_modules/* && echo '{}' > node_modules/.package-lock.json
`;

describe('the launcher', () => {
  const root = temporaryFolder();
  const inCheckout = (path: string) => join(root.path, 'checkout', path);

  beforeEach(() => {
    writeFiles(root.path, {
      'bin/node*': fakeNode('v22.1.0'),
      'bin/npm*': fakeNpm,
      'checkout/package.json': '{}',
      'checkout/package-lock.json': '{}',
      'checkout/build.js': '',
      'checkout/src/main.ts': '',
      'checkout/docs/help.txt': 'Usage: cryptodm\n',
    });
    copyFileSync('cryptodm', inCheckout('cryptodm'));
    chmodSync(inCheckout('cryptodm'), 0o755);
  });

  /** Runs the launcher isolated: no Node.js of this machine is on PATH or below HOME. */
  function launch(args: string[] = [], env: Record<string, string> = {}, program = inCheckout('cryptodm')) {
    const result = spawnSync('/bin/sh', [program, ...args], {
      encoding: 'utf8',
      cwd: root.path,
      env: { PATH: `${join(root.path, 'bin')}:/usr/bin:/bin`, HOME: root.path, LOG: join(root.path, 'log'), ...env },
    });
    return { ...result, runs: existsSync(join(root.path, 'log')) ? readFileSync(join(root.path, 'log'), 'utf8') : '' };
  }
  /** Makes the existing files older than those that follow. */
  function age(...paths: string[]): void {
    for (const path of paths) utimesSync(inCheckout(path), 1, 1);
  }
  function ageAll(): void {
    age('package-lock.json', 'package.json', 'build.js', 'src', 'src/main.ts');
  }

  it('installs packages and builds at the first start, and reports it on stderr', () => {
    const { status, stdout, stderr, runs } = launch(['query', 'select 1', '--json']);
    assert.equal(status, 0);
    assert.equal(stdout, '[query][select 1][--json]');
    assert.match(stderr, /Installing npm packages[^]*Building/);
    assert.match(runs, /^npm ci .*\nnode .*build\.js\nnode .*dist\/main\.js query/);
  });

  it('answers --help of a fresh checkout at once, and says what the first run does', () => {
    for (const args of [[], ['--help'], ['-h'], ['help']]) {
      const { status, stdout, stderr, runs } = launch(args);
      assert.deepEqual([status, stdout, runs], [0, 'Usage: cryptodm\n', '']);
      assert.match(stderr, /the first command installs the npm packages[^]*The first "up" also downloads/);
    }
  });

  it('prints the same help without a word when all is built', () => {
    ageAll();
    launch(['status']);
    const { stdout, stderr } = launch(['--help']);
    assert.deepEqual([stdout, stderr], ['Usage: cryptodm\n', '']);
  });

  it('says by which path it was called', () => {
    writeFiles(root.path, {
      'bin/node*': fakeNode('v22.1.0').replace(`*) shift;`, `*) printf '%s ' "$CRYPTODM_CALLED_AS"; shift;`),
    });
    assert.equal(launch(['up']).stdout, `${inCheckout('cryptodm')} [up]`);
  });

  it('leaves the packages of another checkout alone, to which node_modules is a link', () => {
    writeFiles(root.path, { 'other/kept.js': 'theirs', 'other/.package-lock.json': '{}' });
    symlinkSync(join(root.path, 'other'), inCheckout('node_modules'));
    utimesSync(join(root.path, 'other', '.package-lock.json'), 1, 1);
    assert.equal(launch(['up']).status, 0);
    assert.ok(existsSync(inCheckout('node_modules/.package-lock.json')));
    assert.deepEqual(readdirSync(join(root.path, 'other')).sort(), ['.package-lock.json', 'kept.js']);
    assert.ok(lstatSync(inCheckout('node_modules')).isDirectory());
  });

  it('does nothing but start when all is there', () => {
    ageAll();
    launch(['up']);
    const { stderr, stdout } = launch(['status']);
    assert.equal(stderr, '');
    assert.equal(stdout, '[status]');
    const asked = readFileSync(join(root.path, 'log.versions'), 'utf8');
    assert.equal(asked, 'asked\n', 'the version is asked once');
  });

  it('builds again for newer sources, installs again for a newer lock', () => {
    ageAll();
    launch(['up']);
    writeFiles(root.path, { 'checkout/src/other.ts': '' });
    age('dist/main.js');
    assert.match(launch(['up']).stderr, /^Building/);
    age('node_modules/.package-lock.json');
    writeFiles(root.path, { 'checkout/package-lock.json': '{ }' });
    assert.match(launch(['up']).stderr, /^Installing/);
  });

  it('works through a symbolic link and in a path with spaces', () => {
    writeFiles(root.path, { 'my bin/readme': '' });
    symlinkSync('../checkout/cryptodm', join(root.path, 'my bin/cryptodm'));
    const { status, stdout } = launch(['--version'], {}, join(root.path, 'my bin/cryptodm'));
    assert.equal(status, 0);
    assert.equal(stdout, '[--version]');
  });

  it('names the exact command when Node.js is too old', () => {
    writeFiles(root.path, { 'bin/node*': fakeNode('v18.19.0'), 'os-release': 'ID=alpine\n' });
    const { status, stderr, runs } = launch(['up'], { CRYPTODM_OS_RELEASE: join(root.path, 'os-release') });
    assert.equal(status, 4);
    assert.match(stderr, /20\.19 or later is needed; found .*\/bin\/node \(v18\.19\.0\)/);
    assert.match(stderr, /apk add nodejs npm$/m);
    assert.equal(runs, '');
  });

  it('uses a suitable one of a version manager instead', () => {
    writeFiles(root.path, {
      'bin/node*': fakeNode('v20.18.9'),
      '.nvm/versions/node/v20.19.0/bin/node*': fakeNode('v20.19.0'),
    });
    assert.equal(launch(['up']).stdout, '[up]');
  });

  it('shows why npm failed and exits with 6', () => {
    const { status, stderr } = launch(['up'], { NPM_FAILS: 'yes' });
    assert.equal(status, 6);
    assert.match(stderr, /npm error network\nnpm ci failed/);
  });

  it('exits with 1 when the build fails', () => {
    assert.equal(launch(['up'], { BUILD_EXIT: '3' }).status, 1);
  });
});
