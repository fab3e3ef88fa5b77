import { findJdk } from '../../src/toolchain/jdk.ts';
import { thisMachine } from '../../src/toolchain/machine.ts';
import { findMaven } from '../../src/toolchain/maven.ts';
import { spawn } from 'node:child_process';

// The tests of the JVM side, with the same JDK and Maven that a user's build would take: the quick ones, or with "long" those that take minutes.
const long = process.argv[2] === 'long';
const machine = thisMachine(process.env);
const jdk = findJdk(machine);
const maven = await findMaven(machine, jdk);
// Modules that do not need each other are tested side by side; one that fails does not hide the others.
const args = [
  '--batch-mode',
  '--no-transfer-progress',
  '-q',
  '--threads',
  '1C',
  '--fail-at-end',
  '-f',
  'jars/pom.xml',
  'verify',
  ...(long ? ['-Plong'] : []),
];
const child = spawn(maven.command, args, { stdio: 'inherit', env: { ...process.env, JAVA_HOME: jdk.home } });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
