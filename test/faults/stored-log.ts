import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { TopicRecord } from '../support/topic.ts';

/** The files of a topic's log by partition, as they are at this moment, written to the disk or not. */
export function copyLog(logFolder: string, topic: string): Map<number, Buffer[]> {
  const folders = readdirSync(logFolder).filter((name) => new RegExp(`^${topic}-\\d+$`).test(name));
  return new Map(
    folders.map((name) => {
      const segments = readdirSync(join(logFolder, name)).filter((file) => file.endsWith('.log'));
      return [
        Number(name.slice(topic.length + 1)),
        segments.sort().map((file) => readFileSync(join(logFolder, name, file))),
      ];
    }),
  );
}

/** The records in copied files of a log from these offsets on. Format: record batches of magic 2, https://kafka.apache.org/documentation/#recordbatch */
export function readLog(files: Map<number, Buffer[]>, from: Record<number, number>): TopicRecord[] {
  return [...files].flatMap(([partition, segments]) =>
    segments.flatMap((segment) => [...readSegment(segment, partition, from[partition] ?? 0)]),
  );
}

const headerBytes = 61;
const control = 0x20;

function* readSegment(file: Buffer, partition: number, from: number): Generator<TopicRecord> {
  for (let at = 0; at + headerBytes <= file.length;) {
    const base = Number(file.readBigInt64BE(at));
    const end = at + 12 + file.readInt32BE(at + 8);
    // The end of the log may hold a part of a batch.
    if (end > file.length || end <= at + headerBytes || file.readInt8(at + 16) !== 2) return;
    const attributes = file.readInt16BE(at + 21);
    const last = base + file.readInt32BE(at + 23);
    if (last >= from && (attributes & control) === 0) {
      const body = file.subarray(at + headerBytes, end);
      const records = new Fields(unpack(body, attributes & 7));
      for (let left = file.readInt32BE(at + 57); left > 0; left -= 1) {
        const record = records.readRecord(base, partition);
        if (record.offset >= from) yield record;
      }
    }
    at = end;
  }
}

function unpack(body: Buffer, compression: number): Buffer {
  if (compression === 0) return body;
  if (compression === 1) return gunzipSync(body);
  throw new Error(`a batch is compressed by method ${String(compression)}, which is not read here`);
}

/** Fields of records; numbers are zigzag varints. */
class Fields {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  readRecord(base: number, partition: number): TopicRecord {
    // Length and attributes.
    this.readNumber();
    this.at += 1;
    // The difference of the time.
    this.readNumber();
    const offset = base + this.readNumber();
    const key = this.readBytes()?.toString('utf8') ?? '';
    const value = this.readBytes();
    const headers: Record<string, string> = {};
    for (let left = this.readNumber(); left > 0; left -= 1) {
      const name = this.readBytes()?.toString('utf8') ?? '';
      headers[name] = this.readBytes()?.toString('utf8') ?? '';
    }
    return { partition, offset, key, value, headers };
  }

  private readNumber(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes.readUInt8(this.at);
      this.at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
  }

  private readBytes(): Buffer | null {
    const length = this.readNumber();
    if (length < 0) return null;
    const bytes = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return bytes;
  }
}
