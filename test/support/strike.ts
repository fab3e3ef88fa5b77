import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestLake } from './lake.ts';

export interface Struck {
  /** exit code; undefined when a signal ended it */
  code: number | undefined;
  /** false when the run ended before the step started */
  struck: boolean;
  stderr: string;
  pid: number;
}

/** An event of a run with `--json`; see `src/engine/run.ts`. */
interface Told {
  event: string;
  id?: string;
  state?: string;
}

/** Runs a command of ours and calls `strike` when a step starts, for example to send a signal. */
export async function strikeAt(
  lake: TestLake,
  args: string[],
  step: string,
  strike: (pid: number) => Promise<void> | void,
): Promise<Struck> {
  const child = spawn(join(process.cwd(), 'cryptodm'), [...args, '--json'], {
    cwd: lake.folder,
    env: { ...process.env, ...lake.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = once(child, 'close');
  let struck = false;
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line) as Told;
    if (struck || told.event !== 'step' || told.id !== step || told.state !== 'started') continue;
    struck = true;
    await strike(pid);
  }
  await closed;
  return { code: child.exitCode ?? undefined, struck, stderr, pid };
}
