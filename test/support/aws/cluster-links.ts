import assert from 'node:assert/strict';
import { basename, delimiter, join } from 'node:path';
import { execa } from 'execa';
import { accountJars } from '../../../src/aws/deployment/assembly.ts';
import { fetchClusterJars, fetchLinkChecker, javaHome, prepareJars } from './java.ts';

/** What our jars use of Iceberg and a cluster's libraries do not have: a class, method or field in each line. */
export async function findMissingLinks(): Promise<string[]> {
  const jars = await prepareJars();
  const checker = await fetchLinkChecker();
  const iceberg = (await fetchClusterJars()).filter((path) => basename(path).startsWith('iceberg-spark-runtime'));
  assert.ok(iceberg.length > 0);
  const { stdout } = await execa(join(javaHome(), 'bin/java'), [
    ...['-cp', checker.join(delimiter), join(import.meta.dirname, 'jars/linkage/ClusterLinks.java')],
    ...[accountJars.map(jars.path).join(delimiter), iceberg.join(delimiter)],
  ]);
  return stdout.split('\n').filter((line) => line !== '');
}
