import { functionNames } from '../../lake/functions.ts';
import { targetOption, type Command } from '../command.ts';
import type { Context } from '../context.ts';

const list: Command = {
  name: 'list',
  summary: 'the functions of the lake',
  options: [targetOption],
  examples: [{ line: 'cryptodm functions list', does: 'their runtimes, limits and dates' }],
  run: async (context) => {
    const functions = await context.verb('functions', 'functions list');
    return context.answer(await (await functions()).list());
  },
};

const invoke: Command = {
  name: 'invoke',
  summary: 'call a function and print its answer',
  arguments: [
    {
      name: 'name',
      summary: 'which function',
      required: true,
      choices: [...functionNames],
    },
  ],
  options: [{ flags: '--payload <json>', summary: 'its event; - for stdin (default: {})' }, targetOption],
  examples: [
    { line: 'cryptodm functions invoke create-tables', does: 'create the tables, or add new columns' },
    {
      line: `cryptodm functions invoke optimize-tables --payload '{"tables":["crypto_db.crypto_quote"]}'`,
      does: 'one table only',
    },
  ],
  run: async (context, flags, [name = '']) => {
    const functions = await context.verb('functions', 'functions invoke');
    const payload = await readPayload(context, flags['payload']);
    const answer = await (await functions()).invoke(name, payload);
    return context.answer({ data: [answer], text: JSON.stringify(answer, null, 2) });
  },
};

async function readPayload({ io }: Context, given: unknown): Promise<unknown> {
  if (typeof given !== 'string') return {};
  const { text } = await import('node:stream/consumers');
  const payload = given === '-' ? await text(io.stdin) : given;
  try {
    return JSON.parse(payload) as unknown;
  } catch (error) {
    const { Fault } = await import('../../errors.ts');
    throw new Fault('usage', '--payload is not JSON', { next: `For example: --payload '{}'.`, cause: error });
  }
}

export const functions: Command = {
  name: 'functions',
  summary: 'the functions of a lake in an account',
  subcommands: [list, invoke],
  examples: [{ line: 'cryptodm functions invoke report-health', does: 'the latest figures of the jobs' }],
};
