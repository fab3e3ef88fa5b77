import { functionNames } from '../../aws/names.ts';
import { targetOption, type Command } from '../command.ts';
import type { Context } from '../context.ts';

const here = 'Here, "tables create", "assets refresh" and "optimize-iceberg" do the same.';

const list: Command = {
  name: 'list',
  summary: 'the functions of the lake',
  options: [targetOption],
  examples: [{ line: 'cryptodm functions list', does: 'their runtimes, limits and dates' }],
  run: async (context) => {
    const { onlyAws } = await import('../aws/only.ts');
    const lake = await onlyAws(context, 'functions list', here);
    const { listLakeFunctions } = await import('../../aws/function-calls.ts');
    const found = await listLakeFunctions(lake);
    if (context.global.json) for (const one of found) context.data(one);
    else if (found.length === 0) context.print(`No functions of ${lake.prefix} in ${lake.place.region}.`);
    else {
      const { table } = await import('../../local/text/status.ts');
      context.print(
        table(
          ['function', 'runtime', 'memory', 'limit', 'changed'],
          found.map(({ name, runtime, memoryMb, timeoutSeconds, modified }) => [
            name,
            runtime,
            `${String(memoryMb)} MB`,
            `${String(timeoutSeconds)} s`,
            modified,
          ]),
        ).join('\n'),
      );
    }
    return 0;
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
  options: [{ flags: '--payload <json>', summary: 'what it is called with, - for stdin (default: {})' }, targetOption],
  examples: [
    { line: 'cryptodm functions invoke create-tables', does: 'creates or evolves the tables' },
    {
      line: `cryptodm functions invoke optimize-tables --payload '{"tables":["crypto_db.crypto_quote"]}'`,
      does: 'one table only',
    },
  ],
  run: async (context, flags, [name = '']) => {
    const { onlyAws, tellWaiting } = await import('../aws/only.ts');
    const lake = await onlyAws(context, 'functions invoke', here);
    const payload = await readPayload(context, flags['payload']);
    const { callFunction } = await import('../../aws/function-calls.ts');
    const known = functionNames.find((candidate) => candidate === name);
    if (known === undefined) return 2;
    if (known === 'expire-lake') {
      await context.confirm(`End ${lake.prefix}'s time to live now? Stream, jobs and host go; the data stays.`);
    }
    tellWaiting(context, `waiting for ${name}`);
    const answer = await callFunction(lake, known, payload, context.io.signal);
    context.reporter.end();
    if (context.global.json) context.data(answer);
    else context.print(JSON.stringify(answer, null, 2));
    return 0;
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
    throw new Fault('usage', '--payload is no JSON', { next: `Say for example --payload '{}'.`, cause: error });
  }
}

export const functions: Command = {
  name: 'functions',
  summary: 'the functions of a lake in an account',
  subcommands: [list, invoke],
  examples: [{ line: 'cryptodm functions invoke report-health', does: 'what the jobs last said of themselves' }],
};
