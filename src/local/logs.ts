import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../errors.ts';
import { linesSince } from '../tools/log-lines.ts';

export interface LogRequest {
  /** folder of the logs */
  folder: string;
  /** one part, or all when undefined */
  part: string | undefined;
  follow: boolean;
  /** only lines written since then */
  since: Date | undefined;
  signal: AbortSignal;
  write: (part: string, line: string) => void;
}

/** Prints what the parts have logged; with `follow` until the signal. @throws Fault where nothing has logged, and for a part that has no log */
export async function readLogs(request: LogRequest): Promise<void> {
  const parts = logParts(request.folder);
  if (parts.length === 0) {
    throw new Fault('part', 'no lake has logged anything here', {
      where: request.folder,
      next: 'Run "cryptodm up" first.',
    });
  }
  if (request.part !== undefined && !parts.includes(request.part)) {
    throw new Fault('usage', `no log of a part called ${request.part}`, {
      where: request.folder,
      next: `There are: ${parts.join(', ')}.`,
    });
  }
  const chosen = request.part === undefined ? parts : [request.part];
  const ends = new Map<string, number>();
  for (const part of chosen) {
    const file = join(request.folder, `${part}.log`);
    const text = readFileSync(file, 'utf8');
    ends.set(part, Buffer.byteLength(text));
    for (const line of linesSince(text, request.since)) request.write(part, line);
  }
  while (request.follow && !request.signal.aborted) {
    for (const part of chosen) ends.set(part, await printNew(request, part, ends.get(part) ?? 0));
    await pause(200, undefined, { signal: request.signal }).catch(() => undefined);
  }
}

export function logParts(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => basename(name, '.log'))
    .sort();
}

async function printNew(request: LogRequest, part: string, from: number): Promise<number> {
  const file = join(request.folder, `${part}.log`);
  if (!existsSync(file)) return from;
  const { size } = statSync(file);
  // A log that was cut starts again.
  const start = size < from ? 0 : from;
  if (size === start) return start;
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { start, end: size - 1 })) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks);
  const whole = text.lastIndexOf(10) + 1;
  for (const line of text.subarray(0, whole).toString('utf8').split('\n').slice(0, -1)) request.write(part, line);
  return start + whole;
}
