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
}

/** Calls the command line in this process, as without a terminal. */
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
    stdout: listen('stdout'),
    stderr: listen('stderr'),
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    signal: options.signal ?? new AbortController().signal,
  };
  // A command loads its modules late: mocha's loader must give those and the command line the same ones.
  const { main } = await import('../../src/cli/main.ts');
  const code = await main(args, io, []);
  // What was written last is heard in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  return { code, ...said };
}
