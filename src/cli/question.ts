import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Fault } from '../errors.ts';
import type { Io } from './io.ts';

/**
 * Asks on a terminal for one line of text.
 * @param hidden the screen does not show what is typed
 * @throws Fault of kind `interrupted` at Ctrl-C
 */
export async function askText(question: string, io: Io, hidden: boolean): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: io.stdin, output: hidden ? nowhere : io.stderr, terminal: true });
  const ended = new AbortController();
  // In raw mode Ctrl-C is a key, not a signal.
  terminal.on('SIGINT', () => ended.abort());
  terminal.on('close', () => ended.abort());
  if (hidden) io.stderr.write(question);
  try {
    const signal = AbortSignal.any([io.signal, ended.signal]);
    return (await terminal.question(hidden ? '' : question, { signal })).trim();
  } catch (error) {
    throw new Fault('interrupted', 'interrupted', { cause: error });
  } finally {
    if (hidden) io.stderr.write('\n');
    terminal.close();
  }
}
