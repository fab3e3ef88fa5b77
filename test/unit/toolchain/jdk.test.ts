import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../../src/errors.ts';
import { findJdk, listJdks } from '../../../src/toolchain/jdk.ts';
import type { Machine } from '../../../src/toolchain/machine.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

describe('findJdk', () => {
  const root = temporaryFolder();

  function machine(env: Record<string, string> = {}, platform: NodeJS.Platform = 'linux'): Machine {
    return { env, platform, home: join(root.path, 'home'), root: root.path, superuser: false };
  }

  function install(folder: string, version: string, programs = ['java', 'javac']): string {
    writeFiles(join(root.path, folder), {
      release: `IMPLEMENTOR="Someone"\nJAVA_VERSION="${version}"\n`,
      ...Object.fromEntries(programs.map((program) => [`bin/${program}*`, ''])),
    });
    return join(root.path, folder);
  }

  it('takes 17 before 21, wherever they are', () => {
    install('home/.jdks/corretto-21', '21.0.4');
    const wanted = install('usr/lib/jvm/java-17', '17.0.12');
    assert.equal(findJdk(machine({ JAVA_HOME: install('opt/jdk21', '21.0.1') })).home, wanted);
  });

  it('takes 21 when there is no 17, and never 25', () => {
    install('usr/lib/jvm/temurin-25', '25.0.1');
    const wanted = install('home/.sdkman/candidates/java/21.0.4-tem', '21.0.4');
    assert.deepEqual(findJdk(machine()), { home: wanted, version: '21.0.4', major: 21, compiles: true });
  });

  it('follows the links from PATH to the installation', () => {
    const wanted = install('opt/jdk-17', '17.0.1');
    mkdirSync(join(root.path, 'bin'));
    symlinkSync(join(wanted, 'bin/java'), join(root.path, 'bin/java'));
    assert.equal(findJdk(machine({ PATH: join(root.path, 'bin') })).home, wanted);
  });

  it('passes over a runtime without a compiler', () => {
    install('usr/lib/jvm/jre-17', '17.0.9', ['java']);
    const wanted = install('usr/lib/jvm/jdk-21', '21.0.2');
    assert.equal(findJdk(machine()).home, wanted);
  });

  it('finds the JDKs of macOS and Homebrew', () => {
    const wanted = install('Library/Java/JavaVirtualMachines/temurin-17.jdk/Contents/Home', '17.0.3');
    install('opt/homebrew/opt/openjdk@21/libexec/openjdk.jdk/Contents/Home', '21.0.3');
    assert.deepEqual(
      listJdks(machine({}, 'darwin')).map(({ version }) => version),
      ['17.0.3', '21.0.3'],
    );
    assert.equal(findJdk(machine({}, 'darwin')).home, wanted);
  });

  it('obeys CRYPTODM_JAVA_HOME before all others', () => {
    install('usr/lib/jvm/java-17', '17.0.12');
    const named = install('mine/jdk-21', '21.0.9');
    assert.equal(findJdk(machine({ CRYPTODM_JAVA_HOME: named })).home, named);
  });

  it('says what is wrong with a CRYPTODM_JAVA_HOME that does not fit', () => {
    const named = install('mine/jdk-25', '25');
    assert.throws(
      () => findJdk(machine({ CRYPTODM_JAVA_HOME: named })),
      (error: Fault) => error.kind === 'settings' && error.message === `CRYPTODM_JAVA_HOME=${named} is Java 25.`,
    );
    assert.throws(() => findJdk(machine({ CRYPTODM_JAVA_HOME: '/nowhere' })), /\/nowhere is no JDK/);
  });

  it('names what it found and the command that installs one', () => {
    install('usr/lib/jvm/java-8', '1.8.0_442');
    writeFiles(root.path, { 'etc/os-release': 'ID=ubuntu\nVERSION_ID="24.04"\nID_LIKE=debian\n' });
    assert.throws(
      () => findJdk(machine()),
      (error: Fault) => {
        assert.equal(error.kind, 'environment');
        assert.equal(error.message, 'No JDK 17 or 21 is installed.');
        assert.match(error.where ?? '', /1\.8\.0_442 in .*java-8/);
        assert.equal(error.next, 'sudo apt-get update && sudo apt-get install -y openjdk-17-jdk-headless');
        return true;
      },
    );
  });
});
