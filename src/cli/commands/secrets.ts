import type { LakeSecrets } from '../../lake-target.ts';
import { targetOption, type Command, type CommandArgument } from '../command.ts';
import type { Flags } from '../flags.ts';
import type { Context } from '../context.ts';

const nameArgument: CommandArgument = {
  name: 'name',
  summary: 'which secret',
  required: true,
  choices: ['alpaca', 'coinapi', 'elastic-cloud', 'elasticsearch'],
};

const set: Command = {
  name: 'set',
  summary: 'store a secret: typed without being shown, or from stdin or the environment',
  arguments: [nameArgument],
  options: [
    { flags: '--stdin', summary: 'read it from stdin: a JSON object, or the bare value of a secret with one field' },
    { flags: '--from-env', summary: 'take it from the variables that usually hold it, such as APCA_API_KEY_ID' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm secrets set alpaca', does: 'ask for key id and secret key' },
    { line: 'pass show elastic | cryptodm secrets set elastic-cloud --stdin', does: 'from a password store' },
    { line: 'cryptodm secrets set coinapi --from-env', does: 'the value of COINAPI_KEY' },
  ],
  run: async (context, flags, [name = '']) => {
    const secrets = await (await context.verb('secrets', 'secrets set'))();
    return context.answer(await secrets.store(name, await readFields(context, flags, secrets, name)));
  },
};

async function readFields(
  context: Context,
  flags: Flags,
  secrets: LakeSecrets,
  secret: string,
): Promise<Record<string, string>> {
  if (flags['stdin'] === true && flags['fromEnv'] === true) {
    const { Fault } = await import('../../errors.ts');
    throw new Fault('usage', '--stdin and --from-env can’t be combined', { next: 'Give one of them.' });
  }
  if (flags['fromEnv'] === true) return secrets.fromEnvironment(secret);
  if (flags['stdin'] === true) {
    const { text } = await import('node:stream/consumers');
    return secrets.parse(secret, await text(context.io.stdin));
  }
  const fields: Record<string, string> = {};
  for (const { name, title } of secrets.fields(secret)) {
    fields[name] = await context.askFor(title, { hidden: true, next: 'Give it with --stdin or --from-env.' });
  }
  return fields;
}

const list: Command = {
  name: 'list',
  summary: 'names and dates of the secrets of the lake, without values',
  options: [targetOption],
  examples: [{ line: 'cryptodm secrets list', does: 'what is stored, and when it was written' }],
  run: async (context) => {
    const secrets = await context.verb('secrets', 'secrets list');
    return context.answer(await (await secrets()).list());
  },
};

const remove: Command = {
  name: 'remove',
  summary: 'delete a secret at once, without a waiting time',
  arguments: [nameArgument],
  options: [targetOption],
  examples: [{ line: 'cryptodm secrets remove coinapi', does: 'ask, then delete it' }],
  run: async (context, _flags, [name = '']) => {
    const secrets = await context.verb('secrets', 'secrets remove');
    return context.answer(await (await secrets()).remove(name));
  },
};

export const secrets: Command = {
  name: 'secrets',
  summary: 'keys of a lake in an account, kept in Secrets Manager',
  subcommands: [set, list, remove],
  examples: [
    { line: 'cryptodm secrets set alpaca', does: 'ask for the keys of the market data' },
    { line: 'cryptodm secrets list', does: 'names and dates' },
  ],
};
