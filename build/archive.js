// Zip archives whose bytes depend on their contents only. Source of the format: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 and 4.4.
import { crc32, deflateRawSync } from 'node:zlib';

const version = 20;
const deflated = 8;
// 1980-01-01 00:00 in MS-DOS form, the earliest that a zip can say.
const time = 0;
const date = (1 << 5) | 1;
// A regular file that everyone may read; Lambda needs it.
const attributes = (0o100644 << 16) >>> 0;

/** @param {Record<string, Uint8Array>} files contents by name; they are written in the order of their names */
export function archive(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const name of Object.keys(files).sort()) {
    const content = files[name];
    const packed = deflateRawSync(content, { level: 9 });
    const common = Buffer.alloc(26);
    common.writeUInt16LE(version, 0);
    common.writeUInt16LE(deflated, 4);
    common.writeUInt16LE(time, 6);
    common.writeUInt16LE(date, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    parts.push(signature(0x04034b50), common, Buffer.from(name), packed);

    const more = Buffer.alloc(14);
    more.writeUInt32LE(attributes, 6);
    more.writeUInt32LE(offset, 10);
    const madeBy = Buffer.alloc(2);
    // Unix: else the attributes mean nothing.
    madeBy.writeUInt16LE((3 << 8) | version);
    directory.push(signature(0x02014b50), madeBy, common, more, Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(files).length, 4);
  end.writeUInt16LE(Object.keys(files).length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, listed, signature(0x06054b50), end]);
}

function signature(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}
