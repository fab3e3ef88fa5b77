import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { FailedQuery, Observation, ReaderLine } from './observation.ts';

export interface Seen {
  observations: Observation[];
  failures: FailedQuery[];
  queries: number;
}

export interface Reader {
  /** @throws Error when the reader has ended too early */
  stop(): Promise<Seen>;
  /** What it had seen when it was killed, without queries that failed after a moment of `performance.now()`: the disk was dead by then. */
  killed(at: number): Promise<Seen>;
}

/** Starts the process that queries a lake until it is stopped. */
export function startReader(data: string, days: { from: string; to: string }): Reader {
  const program = join(import.meta.dirname, 'reader-process.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, data, days.from, days.to], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const seen: Seen = { observations: [], failures: [], queries: 0 };
  const failedAt = new Map<FailedQuery, number>();
  let isDone = false;
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (text) => {
    const line = parseLine(text);
    if (line === undefined) return;
    if ('done' in line) {
      isDone = true;
      seen.queries = line.queries;
    } else if ('failed' in line) {
      seen.failures.push(line);
      failedAt.set(line, performance.now());
    } else seen.observations.push(line);
  });
  const ended = once(lines, 'close');
  return {
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      if (!isDone) throw new Error(`the reader did not live to the end: ${said}`);
      return seen;
    },
    killed: async (at) => {
      await ended;
      return { ...seen, failures: seen.failures.filter((failure) => (failedAt.get(failure) ?? 0) < at) };
    },
  };
}

/** Undefined for a line that a kill has cut short. */
function parseLine(text: string): ReaderLine | undefined {
  try {
    return JSON.parse(text) as ReaderLine;
  } catch {
    return undefined;
  }
}
