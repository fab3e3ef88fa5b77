import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;

interface Entry {
  name: string;
  method: number;
  compressed: number;
  offset: number;
}

/** Whether a jar or wheel is whole: a truncated one lacks the directory at its end. */
export function isWholeZip(file: string): boolean {
  try {
    return withFile(file, (descriptor) => readDirectory(descriptor).length > 0);
  } catch {
    return false;
  }
}

/**
 * Content of the first entry that `wanted` accepts.
 *
 * @throws Error when the file is no zip file or holds no such entry
 */
export function readZipEntry(file: string, wanted: (name: string) => boolean): Buffer {
  return withFile(file, (descriptor) => {
    const entry = readDirectory(descriptor).find(({ name }) => wanted(name));
    if (entry === undefined) throw new Error(`${file} holds no such entry`);
    const header = readAt(descriptor, entry.offset, 30);
    // The local header repeats the name, and its extra field may be longer than the directory's.
    const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    const content = readAt(descriptor, start, entry.compressed);
    return entry.method === 0 ? content : inflateRawSync(content);
  });
}

function readDirectory(descriptor: number): Entry[] {
  const { size } = fstatSync(descriptor);
  const tailSize = Math.min(size, 65_557);
  const tail = readAt(descriptor, size - tailSize, tailSize);
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== endSignature) end -= 1;
  if (end < 0) throw new Error('not a zip file');
  const directory = readAt(descriptor, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: Entry[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === entrySignature;) {
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressed: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  if (readSync(descriptor, buffer, 0, length, position) !== length) throw new Error('truncated zip file');
  return buffer;
}

function withFile<T>(file: string, read: (descriptor: number) => T): T {
  const descriptor = openSync(file, 'r');
  try {
    return read(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
