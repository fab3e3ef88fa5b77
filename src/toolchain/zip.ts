import { readFileSync } from 'node:fs';
import { strToU8, unzipSync, zipSync } from 'fflate';

/**
 * Content of the first entry that `wanted` accepts.
 *
 * @throws Error when the file is no zip file or holds no such entry
 */
export function readZipEntry(file: string, wanted: (name: string) => boolean): Buffer {
  let found: string | undefined;
  const entries = unzipSync(readFileSync(file), {
    filter: ({ name }) => {
      if (found !== undefined || !wanted(name)) return false;
      found = name;
      return true;
    },
  });
  const content = found === undefined ? undefined : entries[found];
  if (content === undefined) throw new Error(`${file} holds no such entry`);
  return Buffer.from(content.buffer, content.byteOffset, content.length);
}

/** A small zip with these texts: the same bytes for the same content. */
export function zip(entries: Readonly<Record<string, string>>): Uint8Array {
  // The earliest time that a zip can hold.
  const mtime = new Date(1980, 0, 1);
  const files = Object.entries(entries).map(([name, text]): [string, Uint8Array] => [name, strToU8(text)]);
  return zipSync(Object.fromEntries(files), { mtime });
}
