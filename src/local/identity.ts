import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { replaceFile } from '../tools/whole-file.ts';
import type { Layout } from './layout.ts';

/** As the file holds it. `data` is the folder that it was drawn for: a copy of the folder is another lake. */
interface WrittenIdentity {
  version: 1;
  data: string;
  lake: string;
}

/** The id of the lake that was last raised here; undefined before the first `up`, and for a lake of a version without one. */
export function readLakeId({ identity, data }: Layout): string | undefined {
  try {
    const written = JSON.parse(readFileSync(identity, 'utf8')) as Partial<WrittenIdentity> | null;
    return written?.data === data && typeof written.lake === 'string' ? written.lake : undefined;
  } catch {
    return undefined;
  }
}

/** Makes sure that the lake has an id. */
export function ensureLakeId(layout: Layout): void {
  if (readLakeId(layout) !== undefined) return;
  const identity: WrittenIdentity = { version: 1, data: layout.data, lake: drawId() };
  replaceFile(layout.identity, `${JSON.stringify(identity)}\n`);
}

/** The cluster id of the lake's broker: that of its storage, or the one that its storage will get. */
export function clusterIdOf(layout: Layout): string | undefined {
  try {
    const written = /^cluster\.id=(.+)$/m.exec(readFileSync(layout.kafkaFormatted, 'utf8'))?.[1]?.trim();
    if (written !== undefined) return written;
  } catch {
    // Before the first start of the broker.
  }
  return readLakeId(layout);
}

/** 16 random bytes as Kafka writes them: base64 for URLs, never with a hyphen first, which would pass for a flag. */
function drawId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? drawId() : id;
}
