import { TestLake } from './lake.ts';

/** A coin that is renamed in the shared lake. */
export const renamedCoin = { old: 'OLDCOIN', now: 'NEWCOIN' };

let shared: Promise<TestLake> | undefined;

/**
 * The lake that suites in one process share: it has no producers, and each suite uses its own coins and users. The first suite that needs it
 * starts it; after the last test of the process it is removed.
 */
export function sharedLake(): Promise<TestLake> {
  return (shared ??= raise());
}

async function raise(): Promise<TestLake> {
  const lake = await TestLake.prepare({ CRYPTODM_RENAMED: `${renamedCoin.old}=${renamedCoin.now}` });
  try {
    await lake.run('up', '--no-produce');
  } catch (error) {
    await lake.remove();
    throw error;
  }
  return lake;
}

// A hook of the whole run, because this file is loaded outside of all suites.
after('remove the shared lake', async function () {
  this.timeout(120_000);
  const lake = await shared?.catch(() => undefined);
  await lake?.remove();
});
