import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brewFormula, installScript, oldestNode, type ReleasedPackage } from '../../../build/release/installers.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

const content = 'a package';
const released = (more: Partial<ReleasedPackage> = {}): ReleasedPackage => ({
  version: '1.2.3',
  file: '/out/cryptodm-1.2.3.tgz',
  sha256: createHash('sha256').update(content).digest('hex'),
  oldestNode: '20.19',
  repository: 'acme/cryptodm',
  ...more,
});

/** Notes how it was called, and installs what a user would start. */
const fakeNpm = `#!/bin/sh
echo "$*" >> "$HOME/npm.log"
[ -n "\${NPM_FAILS:-}" ] && { echo 'npm error network'; exit 1; }
mkdir -p "$4/bin" && printf '#!/bin/sh\\necho 1.2.3\\n' > "$4/bin/cryptodm" && chmod +x "$4/bin/cryptodm"
`;

describe('install.sh of a release', () => {
  const folder = temporaryFolder();
  const at = (path: string) => join(folder.path, path);
  beforeEach(() => {
    writeFiles(folder.path, {
      'release/install.sh': installScript(released({ repository: undefined })),
      'release/cryptodm-1.2.3.tgz': content,
      'bin/npm*': fakeNpm,
    });
  });

  function install(args: string[] = [], env: Record<string, string> = {}) {
    const path = [at('bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':');
    const ran = spawnSync('/bin/sh', [at('release/install.sh'), ...args], {
      encoding: 'utf8',
      cwd: folder.path,
      env: { PATH: path, HOME: folder.path, ...env },
    });
    return { ...ran, npm: existsSync(at('npm.log')) ? readFileSync(at('npm.log'), 'utf8') : '' };
  }

  it('takes the package beside it, installs below ~/.local, and says what to add to PATH', () => {
    const { status, stderr, npm } = install();
    assert.equal(status, 0, stderr);
    assert.match(npm, /^install --global --prefix \S+\/\.local .*cryptodm-1\.2\.3\.tgz\n$/);
    assert.ok(stderr.includes(`export PATH="${at('.local/bin')}:$PATH"`), stderr);
    const other = install(['--prefix', 'my own', '--from', 'release']);
    assert.equal(other.status, 0, other.stderr);
    assert.ok(existsSync(at('my own/bin/cryptodm')));
  });

  it('installs nothing but the package of its release', () => {
    writeFileSync(at('release/cryptodm-1.2.3.tgz'), 'another');
    const { status, stderr, npm } = install();
    assert.equal(status, 6);
    assert.match(stderr, /is not that of the release: nothing was installed\./);
    assert.equal(npm, '');
    const missing = install(['--from', at('bin')]);
    assert.equal(missing.status, 6);
    assert.match(missing.stderr, /There is no cryptodm-1\.2\.3\.tgz in/);
  });

  it('says what this machine lacks', () => {
    for (const [version, code] of [
      ['v18.20.1', 4],
      ['v20.18.9', 4],
      ['', 4],
    ] as const) {
      writeFiles(folder.path, { 'bin/node*': `#!/bin/sh\necho ${version}\n` });
      const { status, stderr, npm } = install();
      assert.equal(status, code, version);
      assert.match(stderr, /Node\.js 20\.19 or later is needed; .*(?:is v|found none)/);
      assert.equal(npm, '');
    }
    writeFiles(folder.path, { 'bin/uname*': '#!/bin/sh\necho MINGW64_NT-10.0\n' });
    const { status, stderr } = install();
    assert.equal(status, 4);
    assert.match(stderr, /On Windows install it inside WSL 2/);
  });

  it('shows what npm has said, and refuses what it does not know', () => {
    const failed = install([], { NPM_FAILS: '1' });
    assert.equal(failed.status, 6);
    assert.match(failed.stderr, /npm error network\nnpm could not install it/);
    assert.equal(install(['--nosuch']).status, 2);
    assert.equal(install(['--prefix']).status, 2);
    assert.match(install(['--help']).stdout, /Installs cryptodm 1\.2\.3 for this user/);
  });

  it('knows the address of its release', () => {
    assert.ok(installScript(released()).includes("'https://github.com/acme/cryptodm/releases/download/v1.2.3'"));
    assert.throws(() => installScript(released({ version: "1'2" })), /@VERSION@/);
  });

  it('wants the oldest Node.js of package.json', () => {
    assert.equal(oldestNode(JSON.parse(readFileSync('package.json', 'utf8')) as object), '20.19');
    assert.throws(() => oldestNode({ engines: { node: '20 || 22' } }), /names no oldest/);
  });
});

describe('the formula for brew', () => {
  it('names the package by its address and checksum', () => {
    const formula = brewFormula(released());
    assert.match(
      formula,
      /url "https:\/\/github\.com\/acme\/cryptodm\/releases\/download\/v1\.2\.3\/cryptodm-1\.2\.3\.tgz"/,
    );
    assert.ok(formula.includes(`sha256 "${released().sha256}"`));
    assert.match(brewFormula(released({ repository: undefined })), /url "file:\/\/\/out\/cryptodm-1\.2\.3\.tgz"/);
  });
});
