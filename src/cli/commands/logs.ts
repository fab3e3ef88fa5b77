import { Fault } from '../../errors.ts';
import { targetOption, type Command } from '../command.ts';
import type { Context } from '../context.ts';

export const logs: Command = {
  name: 'logs',
  summary: 'what the parts have logged',
  arguments: [
    {
      name: 'part',
      summary:
        'kafka, elasticsearch, spark, producer-quotes, producer-trades or supervisor; in an account a producer, a function or a job (default: all)',
    },
  ],
  options: [
    { flags: '-f, --follow', summary: 'go on with what comes, until Ctrl-C' },
    {
      flags: '--since <time>',
      summary: 'only since then: 10m, 2h, or an ISO time (default: all; in an account the last hour)',
    },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm logs spark', does: 'all of one part' },
    { line: 'cryptodm logs -f --since 10m', does: 'all parts, live' },
  ],
  run: async (context, flags, args) => {
    const settings = await context.settings();
    const since = flags['since'] === undefined ? undefined : await parseSince(String(flags['since']));
    const follow = flags['follow'] === true;
    const write = (part: string, line: string) => {
      if (context.global.json) context.data({ part, line });
      else context.print(args[0] === undefined ? `${part.padEnd(16)} ${line}` : line);
    };
    if (settings.target === 'aws') return showAwsLogs(context, { part: args[0], follow, since, write });
    const { readLogs } = await import('../../local/logs.ts');
    const { layOut } = await import('../../local/layout.ts');
    const { signal } = context.io;
    await readLogs({ folder: layOut(settings.paths.data).logs, part: args[0], follow, since, signal, write });
    return 0;
  },
};

interface Wanted {
  part: string | undefined;
  follow: boolean;
  since: Date | undefined;
  write: (part: string, line: string) => void;
}

async function showAwsLogs(context: Context, { since, write, ...wanted }: Wanted): Promise<number> {
  const { nameAwsLake } = await import('../../aws/lake.ts');
  const { readAwsLogs } = await import('../../aws/logs.ts');
  let lines = 0;
  await readAwsLogs(nameAwsLake(await context.settings()), {
    ...wanted,
    since: since ?? new Date(Date.now() - 3_600_000),
    signal: context.io.signal,
    write: (part, line) => {
      lines += 1;
      write(part, line);
    },
  });
  if (lines === 0 && since === undefined && !context.global.quiet && !context.global.json) {
    context.io.stderr.write('Nothing was logged in the last hour; --since 1d looks further back.\n');
  }
  return 0;
}

async function parseSince(text: string): Promise<Date> {
  const { parseSeconds } = await import('../../settings/schema.ts');
  const seconds = parseSeconds(text);
  const time = seconds === undefined ? new Date(text) : new Date(Date.now() - seconds * 1000);
  if (Number.isNaN(time.getTime()))
    throw new Fault('usage', `--since ${text} is no time`, {
      next: 'Say for example --since 10m or --since 2025-07-08T05:43:00Z.',
    });
  return time;
}
