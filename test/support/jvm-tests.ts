import { findJdk } from '../../src/toolchain/jdk.ts';
import { thisMachine } from '../../src/toolchain/machine.ts';
import { findMaven } from '../../src/toolchain/maven.ts';
import { spawn } from 'node:child_process';

// Runs the tests of the JVM side with the JDK and Maven of a user's build: the quick ones, or with "long" those that take minutes.
const long = process.argv[2] === 'long';
const machine = thisMachine(process.env);
const jdk = findJdk(machine);
const maven = await findMaven(machine, jdk);
// Modules run in parallel, and all run even if tests of one fail: those are counted from the reports.
const args = [
  '--batch-mode',
  '--no-transfer-progress',
  '-q',
  '--threads',
  '1C',
  '--fail-at-end',
  '-Dmaven.test.failure.ignore=true',
  '-f',
  'jars/pom.xml',
  'verify',
  ...(long ? ['-Plong'] : []),
];
const child = spawn(maven.command, args, { stdio: 'inherit', env: { ...process.env, JAVA_HOME: jdk.home } });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
