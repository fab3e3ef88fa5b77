import type { Context } from 'mocha';

/** Skips the tests of a suite and prints why, if something is missing that can't be installed. */
export function skipWithout(test: Context, missing: string | undefined): void {
  if (missing === undefined) return;
  process.stdout.write(`    skipped: ${missing}\n`);
  test.skip();
}
