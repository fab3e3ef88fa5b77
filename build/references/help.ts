import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { main } from '../../src/cli/main.ts';

/** The help of the program without a terminal: the launcher of a checkout prints it before anything is built. */
export async function helpText(): Promise<string> {
  const stdout = new PassThrough();
  const { stdin, stderr } = process;
  const signal = new AbortController().signal;
  const io = { stdin, stdout: stdout as unknown as NodeJS.WriteStream, stderr, env: {}, cwd: '/', signal };
  await main(['--help'], io, []);
  stdout.end();
  return text(stdout);
}
