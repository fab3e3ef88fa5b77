import { Fault } from '../../errors.ts';
import type { Command } from '../command.ts';

export const logs: Command = {
  name: 'logs',
  summary: 'what the parts have logged',
  arguments: [
    {
      name: 'part',
      summary: 'kafka, elasticsearch, spark, producer-quotes, producer-trades or supervisor (default: all)',
    },
  ],
  options: [
    { flags: '-f, --follow', summary: 'go on with what comes, until Ctrl-C' },
    { flags: '--since <time>', summary: 'only since then: 10m, 2h, or an ISO time' },
  ],
  examples: [
    { line: 'cryptodm logs spark', does: 'all of one part' },
    { line: 'cryptodm logs -f --since 10m', does: 'all parts, live' },
  ],
  run: async (context, flags, args) => {
    const { readLogs } = await import('../../actions/logs.ts');
    const { layOut } = await import('../../targets/layout.ts');
    const settings = await context.settings();
    const since = flags['since'] === undefined ? undefined : await parseSince(String(flags['since']));
    await readLogs({
      folder: layOut(settings.paths.data).logs,
      part: args[0],
      follow: flags['follow'] === true,
      since,
      signal: context.io.signal,
      write: (part, line) => {
        if (context.global.json) context.data({ part, line });
        else context.print(args[0] === undefined ? `${part.padEnd(16)} ${line}` : line);
      },
    });
    return 0;
  },
};

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
