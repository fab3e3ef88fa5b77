import { PassThrough } from 'node:stream';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  stdin?: string;
  cwd?: string;
  signal?: AbortSignal;
  /** the path by which the launcher was called */
  calledAs?: string;
  /** width of a terminal; without it stdout is none */
  columns?: number;
}

/** Runs a command line in this process. */
export async function runCommand(args: string[], options: RunOptions = {}): Promise<Ran> {
  const said = { stdout: '', stderr: '' };
  const listen = (name: keyof typeof said) => {
    const stream = new PassThrough();
    stream.setEncoding('utf8').on('data', (text: string) => (said[name] += text));
    return stream as unknown as NodeJS.WriteStream;
  };
  const stdin = new PassThrough();
  stdin.end(options.stdin ?? '');
  const io = {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: Object.assign(listen('stdout'), options.columns && { isTTY: true, columns: options.columns }),
    stderr: listen('stderr'),
    env: options.env ?? {},
    calledAs: options.calledAs,
    cwd: options.cwd ?? process.cwd(),
    signal: options.signal ?? new AbortController().signal,
  };
  // Commands import modules late, and mocha's loader must resolve them to the same instances as here.
  const { main } = await import('../../src/cli/main.ts');
  const code = await main(args, io, []);
  // The last output arrives in the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  return { code, ...said };
}
