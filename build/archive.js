// Zip archives whose bytes depend on their contents only, on every platform and Node version: Terraform compares their hashes.
import { zipSync } from 'fflate';

// The earliest time that a zip can hold.
const mtime = new Date(1980, 0, 1);
// A regular file that everyone may read; Lambda needs it. The attributes are Unix's, which is system 3 (PKWARE's APPNOTE.TXT 6.3.10, 4.4.2).
const attributes = { os: 3, attrs: (0o100644 << 16) >>> 0 };

/** @param {Record<string, Uint8Array>} files contents by name; they are written in the order of their names */
export function archive(files) {
  const names = Object.keys(files).sort();
  return zipSync(Object.fromEntries(names.map((name) => [name, files[name]])), { mtime, level: 9, ...attributes });
}
