import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** The folder that the archives were written in, see warehouse/generate.sh. */
const written = `/tmp/cryptodm-warehouse-${'x'.repeat(96)}`;

export interface Warehouse {
  catalogFile: string;
  warehouse: string;
  remove(): void;
}

/**
 * Unpacks a warehouse that Iceberg wrote into a folder of its own. Iceberg's files hold absolute paths, so the new folder's path has the
 * length of the old one, and every occurrence is replaced in place.
 */
export function placeWarehouse(content: 'empty' | 'trading'): Warehouse {
  const parent = mkdtempSync(join(tmpdir(), 'cryptodm-'));
  const root = join(parent, 'w'.repeat(written.length - parent.length - 1));
  if (root.length !== written.length) throw new Error(`${parent} is too long for the archive`);
  mkdirSync(root);
  execFileSync('tar', ['-xzf', join(import.meta.dirname, 'warehouse', `${content}.tgz`), '-C', root]);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = readFileSync(file);
    writeFileSync(file, file.endsWith('.avro') ? moveAvro(bytes, root) : move(bytes, root));
  }
  return {
    catalogFile: join(root, 'catalog.db'),
    warehouse: join(root, 'warehouse'),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

function move(bytes: Buffer, root: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(written, root), 'latin1');
}

/** An Avro container of deflated blocks: header, sync marker, then count, size, data, marker for each block. */
function moveAvro(bytes: Buffer, root: string): Buffer {
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
  const parts = [move(bytes.subarray(0, at), root)];
  while (at < bytes.length) {
    const count = readLong();
    const size = readLong();
    const data = deflateRawSync(move(inflateRawSync(bytes.subarray(at, at + size)), root));
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
