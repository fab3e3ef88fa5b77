import assert from 'node:assert/strict';
import { installCommand, type Need } from '../../../src/toolchain/installs.ts';
import type { Machine } from '../../../src/toolchain/machine.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

describe('installCommand', () => {
  const root = temporaryFolder();

  function command(needs: Need | Need[], release: string, machine: Partial<Machine> = {}): string {
    writeFiles(root.path, { 'etc/os-release': release });
    return installCommand(needs, {
      env: {},
      platform: 'linux',
      home: '/home/someone',
      root: root.path,
      superuser: false,
      ...machine,
    });
  }

  const systems: [string, string, string][] = [
    [
      'Debian 12',
      'ID=debian\nVERSION_ID="12"',
      'sudo apt-get update && sudo apt-get install -y openjdk-17-jdk-headless maven',
    ],
    [
      'Debian 13, which has no 17',
      'ID=debian\nVERSION_ID="13"',
      'sudo apt-get update && sudo apt-get install -y openjdk-21-jdk-headless maven',
    ],
    [
      'Mint',
      'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"',
      'sudo apt-get update && sudo apt-get install -y openjdk-17-jdk-headless maven',
    ],
    ['Fedora 42', 'ID=fedora\nVERSION_ID=42', 'sudo dnf install -y java-21-openjdk-devel maven'],
    [
      'Rocky 9',
      'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"',
      'sudo dnf install -y java-17-openjdk-devel maven',
    ],
    [
      'Amazon Linux',
      'ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"',
      'sudo dnf install -y java-17-amazon-corretto-devel maven',
    ],
    ['Alpine', 'ID=alpine\nVERSION_ID=3.20.1', 'sudo apk add openjdk17-jdk maven'],
    ['Arch', 'ID=arch', 'sudo pacman -S --noconfirm jdk17-openjdk maven'],
    [
      'openSUSE',
      'ID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"',
      'sudo zypper install -y java-17-openjdk-devel maven',
    ],
  ];
  for (const [name, release, expected] of systems) {
    it(`knows ${name}`, () => assert.equal(command(['jdk', 'maven'], release), expected));
  }

  it('uses Homebrew on macOS, without sudo', () => {
    assert.equal(command(['jdk', 'maven'], '', { platform: 'darwin' }), 'brew install openjdk@17 maven');
  });

  it('leaves sudo out for the superuser', () => {
    assert.equal(command('maven', 'ID=alpine', { superuser: true }), 'apk add maven');
  });

  it('brings a Node that is new enough to Debian', () => {
    assert.equal(
      command('node', 'ID=debian\nVERSION_ID="12"'),
      'curl -fsSL https://deb.nodesource.com/setup_22.x | sudo -E bash - && sudo apt-get install -y nodejs',
    );
  });

  it('names a page on an unknown system', () => {
    assert.equal(command('jdk', 'ID=plan9'), 'install a JDK 17 from https://adoptium.net');
  });
});
