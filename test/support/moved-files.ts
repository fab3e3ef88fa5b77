import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** An archive of a folder in whose files its absolute path is written. */
export interface MovableArchive {
  /** a tar file, compressed by gzip */
  file: string;
  /** the folder that it was made of */
  written: string;
}

/**
 * Unpacks an archive into a folder of its own. Files hold the path of the folder that they were written in, also in binary form, so the
 * new folder's path has the length of the old one, and every occurrence is replaced in place.
 * @returns the new folder, and the one around it that goes with it
 */
export function unpackMoved({ file, written }: MovableArchive): { root: string; parent: string } {
  const parent = mkdtempSync(join(tmpdir(), 'cryptodm-'));
  const root = join(parent, 'w'.repeat(written.length - parent.length - 1));
  if (root.length !== written.length) throw new Error(`${parent} is too long for the archive`);
  mkdirSync(root);
  execFileSync('tar', ['-xzf', file, '-C', root]);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    writeFileSync(path, path.endsWith('.avro') ? moveAvro(bytes, written, root) : move(bytes, written, root));
  }
  return { root, parent };
}

function move(bytes: Buffer, written: string, root: string): Buffer {
  let text = bytes.toString('latin1').replaceAll(written, root);
  // A reader that trusts the bounds of a delete's paths would leave the delete out.
  for (const bound of [lowerBound, upperBound]) text = text.replaceAll(bound(written), bound(root));
  return Buffer.from(text, 'latin1');
}

/** Iceberg cuts the bounds of texts to 16 letters. */
function lowerBound(path: string): string {
  return path.slice(0, 16);
}

/** As the lower one, with the next letter at its end. */
function upperBound(path: string): string {
  return path.slice(0, 15) + String.fromCharCode(path.charCodeAt(15) + 1);
}

/** An Avro container of deflated blocks: header, sync marker, then count, size, data, marker for each block. */
function moveAvro(bytes: Buffer, written: string, root: string): Buffer {
  let at = 4;
  const readLong = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
  };
  for (let entries = readLong(); entries !== 0; entries = readLong()) {
    if (entries < 0) readLong();
    for (let left = Math.abs(entries) * 2; left > 0; left--) {
      const length = readLong();
      at += length;
    }
  }
  const sync = bytes.subarray(at, at + 16);
  at += 16;
  const parts = [move(bytes.subarray(0, at), written, root)];
  while (at < bytes.length) {
    const count = readLong();
    const size = readLong();
    const data = deflateRawSync(move(inflateRawSync(bytes.subarray(at, at + size)), written, root));
    parts.push(longOf(count), longOf(data.length), data, sync);
    at += size + 16;
  }
  return Buffer.concat(parts);
}

function longOf(value: number): Buffer {
  const bytes: number[] = [];
  let left = value * 2;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return Buffer.from([...bytes, left]);
}
