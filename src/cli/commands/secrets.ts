import type { SecretKind } from '../../aws/secrets.ts';
import { targetOption, type Command, type CommandArgument, type Flags } from '../command.ts';
import type { Context } from '../context.ts';

const nameArgument: CommandArgument = {
  name: 'name',
  summary: 'which secret',
  required: true,
  choices: ['alpaca', 'coinapi', 'elastic-cloud', 'elasticsearch'],
};

const here = 'Here, keys stand in the environment or in the file that "alpaca.keys" names.';

const set: Command = {
  name: 'set',
  summary: 'store a secret: asked for without showing it, or from stdin or the environment',
  arguments: [nameArgument],
  options: [
    { flags: '--stdin', summary: 'read it from stdin: a JSON object, or the bare value of a secret with one field' },
    { flags: '--from-env', summary: 'take it from the variables that usually hold it, such as APCA_API_KEY_ID' },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm secrets set alpaca', does: 'asks for key id and secret key' },
    { line: 'pass show elastic | cryptodm secrets set elastic-cloud --stdin', does: 'from a password store' },
    { line: 'cryptodm secrets set coinapi --from-env', does: 'what COINAPI_KEY holds' },
  ],
  run: async (context, flags, [name = '']) => {
    const { onlyAws } = await import('../aws/only.ts');
    const lake = await onlyAws(context, 'secrets set', here);
    const { secretKind, setSecret } = await import('../../aws/secrets.ts');
    const kind = secretKind(name);
    const stored = await setSecret(lake, kind, await readFields(context, flags, kind));
    if (context.global.json) context.data({ secret: stored });
    else context.print(`Stored ${stored} in ${lake.place.region}.`);
    return 0;
  },
};

async function readFields(context: Context, flags: Flags, kind: SecretKind): Promise<Record<string, string>> {
  const { parseSecret, secretFromEnvironment } = await import('../../aws/secrets.ts');
  const { Fault } = await import('../../errors.ts');
  if (flags['stdin'] === true && flags['fromEnv'] === true) {
    throw new Fault('usage', '--stdin and --from-env exclude each other', { next: 'Give one of them.' });
  }
  if (flags['fromEnv'] === true) return secretFromEnvironment(kind, context.io.env);
  if (flags['stdin'] === true) {
    const { text } = await import('node:stream/consumers');
    return parseSecret(kind, await text(context.io.stdin));
  }
  const fields: Record<string, string> = {};
  for (const { name, title } of kind.fields) {
    fields[name] = await context.askFor(title, { hidden: true, next: 'Give it with --stdin or --from-env.' });
  }
  return fields;
}

const list: Command = {
  name: 'list',
  summary: 'names and dates of the secrets of the lake; never a value',
  options: [targetOption],
  examples: [{ line: 'cryptodm secrets list', does: 'what is stored, and when it was written' }],
  run: async (context) => {
    const { onlyAws } = await import('../aws/only.ts');
    const lake = await onlyAws(context, 'secrets list', here);
    const { listLakeSecrets } = await import('../../aws/secrets.ts');
    const found = await listLakeSecrets(lake);
    if (context.global.json) for (const secret of found) context.data(secret);
    else if (found.length === 0) context.print(`No secrets of ${lake.prefix} in ${lake.place.region}.`);
    else {
      const { table } = await import('../../local/text/status.ts');
      context.print(
        table(
          ['secret', 'written'],
          found.map(({ name, changed }) => [name, changed?.toISOString() ?? '']),
        ).join('\n'),
      );
    }
    return 0;
  },
};

const remove: Command = {
  name: 'remove',
  summary: 'delete a secret at once, without days of grace',
  arguments: [nameArgument],
  options: [targetOption],
  examples: [{ line: 'cryptodm secrets remove coinapi', does: 'asks, then deletes it' }],
  run: async (context, _flags, [name = '']) => {
    const { onlyAws } = await import('../aws/only.ts');
    const lake = await onlyAws(context, 'secrets remove', here);
    const { removeSecret, secretKind } = await import('../../aws/secrets.ts');
    const kind = secretKind(name);
    await context.confirm(`Delete the secret ${lake.names.secret(name)}? It can't be taken back.`);
    const removed = await removeSecret(lake, kind);
    if (context.global.json) context.data({ removed });
    else context.print(`Deleted ${removed}.`);
    return 0;
  },
};

export const secrets: Command = {
  name: 'secrets',
  summary: 'keys of a lake in an account, kept in Secrets Manager',
  subcommands: [set, list, remove],
  examples: [
    { line: 'cryptodm secrets set alpaca', does: 'asks for the keys of the market data' },
    { line: 'cryptodm secrets list', does: 'names and dates' },
  ],
};
