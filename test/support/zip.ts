import { writeFileSync } from 'node:fs';
import { zip } from '../../src/toolchain/zip.ts';

/** Writes a small zip file (jar, wheel) with these entries. */
export function writeZip(file: string, entries: Record<string, string>): void {
  writeFileSync(file, zip(entries));
}
