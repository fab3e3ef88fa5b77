import type { Settings } from '../../settings/schema.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import type { Values } from '../flags.ts';

/** Answers the completion script of a shell. @param commands every command; called late, because this command is one of them */
export const completeOf = (commands: () => Command[]): Command => ({
  name: 'complete',
  summary: 'the words that may follow (called by the completion script)',
  hidden: true,
  arguments: [{ name: 'words', summary: 'the words after the program, up to the one being typed', many: true }],
  examples: [],
  run: async (context, _flags, typed) => {
    const { complete } = await import('../completion.ts');
    const { words, values } = complete(typed, commands());
    if (values === 'file' || values === 'folder') context.print(`:${values}`);
    else {
      const { readSettings } = await import('../../settings/settings.ts');
      const settings = () =>
        readSettings({
          ...context.settingSources(),
          flags: { paths: { data: after(typed, '--data') } },
          file: after(typed, '--config'),
        });
      context.print([...words, ...(values === undefined ? [] : await wordsOf(values, settings, context))].join('\n'));
    }
    return 0;
  },
});

function after(typed: readonly string[], flag: string): string | undefined {
  const at = typed.lastIndexOf(flag);
  return at < 0 ? undefined : typed[at + 1];
}

async function wordsOf(values: Values, settings: () => Settings, context: Context): Promise<readonly string[]> {
  const chosen = settings();
  if (values === 'part') {
    const [{ requireVerb }, { targets }] = await Promise.all([
      import('../../lake-target.ts'),
      import('../../targets.ts'),
    ]);
    const work = { ...(await context.work()), settings: chosen };
    return requireVerb(await targets[chosen.target](), work, 'logParts', 'logs')();
  }
  const { coins } = chosen;
  if (values === 'coin') return coins;
  const { declareLake } = await import('../../lake/declaration.ts');
  const { tables, jobs } = declareLake(coins);
  return values === 'table' ? tables.map(({ name }) => name) : jobs.map(({ id }) => id);
}
