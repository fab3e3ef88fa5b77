import { findJdk } from '../../src/toolchain/jdk.ts';
import { thisMachine } from '../../src/toolchain/machine.ts';
import { findMaven } from '../../src/toolchain/maven.ts';
import { spawn } from 'node:child_process';

// Runs the tests of the JVM side with the JDK and Maven of a user's build: the quick ones, with "long" those that take minutes, or with "spark-4" the quick
// ones of the modules that use Spark, with its next line.
const options: Record<string, string[]> = {
  long: ['-Plong'],
  'spark-4': ['-Pspark-4', '--projects', 'jobs,optimize,lake-layers,local', '--also-make'],
};
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
  // No jar is packed: the tests run on the classes of all modules.
  'test',
  ...(options[process.argv[2] ?? ''] ?? []),
];
const child = spawn(maven.command, args, { stdio: 'inherit', env: { ...process.env, JAVA_HOME: jdk.home } });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
