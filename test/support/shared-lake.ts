import { TestLake } from './lake.ts';

let shared: Promise<TestLake> | undefined;

/**
 * The lake that suites share when they run in one process: no producer sends to it, and each suite keeps to coins and users of its own. The
 * first suite that asks raises it; after the last test of the process it is taken away.
 */
export function sharedLake(): Promise<TestLake> {
  return (shared ??= raise());
}

async function raise(): Promise<TestLake> {
  const lake = await TestLake.prepare();
  try {
    await lake.run('up', '--no-produce');
  } catch (error) {
    await lake.remove();
    throw error;
  }
  return lake;
}

// This file is loaded outside of every suite, so that this belongs to the whole run.
after('take the shared lake away', async function () {
  this.timeout(120_000);
  const lake = await shared?.catch(() => undefined);
  await lake?.remove();
});
