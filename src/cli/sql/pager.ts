import { spawn } from 'node:child_process';
import type { Io } from '../io.ts';

/** A program that shows long text page by page. */
export interface Pager {
  /** lines that fit on the screen without it */
  lines: number;
  /** Resolves when the user has left it. */
  show: (text: string) => Promise<void>;
}

/** The pager of this terminal: that of PAGER, else `less`; undefined without a terminal, and where PAGER is empty or `cat`. */
export function pagerFor(io: Io): Pager | undefined {
  const [program = '', ...args] = (io.env['PAGER'] ?? 'less').trim().split(/\s+/);
  const isScreen = io.stdin.isTTY && io.stdout.isTTY && io.env['TERM'] !== 'dumb';
  if (!isScreen || program === '' || program === 'cat') return undefined;
  // Long lines are cut, not wrapped, so that a wide table can be moved sideways; the last page stays on the screen.
  const env = { ...io.env, LESS: io.env['LESS'] ?? '-S -X' };
  return {
    // The prompt and the number of rows come after it.
    get lines() {
      return io.stdout.rows - 2;
    },
    show: async (text) => {
      if (!(await page([program, ...args], env, text))) io.stdout.write(text);
    },
  };
}

/** @returns false when the program can't be started */
async function page([program, ...args]: [string, ...string[]], env: NodeJS.ProcessEnv, text: string): Promise<boolean> {
  // In a pager, Ctrl-C is one of its keys.
  const listeners = process.listeners('SIGINT');
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  for (const listener of listeners) process.off('SIGINT', listener);
  try {
    return await new Promise<boolean>((settle) => {
      const child = spawn(program, args, { env, stdio: ['pipe', 'inherit', 'inherit'] });
      child.on('error', () => settle(false));
      child.on('close', () => settle(true));
      // It may be left before it has read everything.
      child.stdin.on('error', ignore);
      child.stdin.end(text);
    });
  } finally {
    for (const listener of listeners) process.on('SIGINT', listener);
    process.off('SIGINT', ignore);
  }
}
