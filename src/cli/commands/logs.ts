import { exitCodes, Fault } from '../../errors.ts';
import { targetOption, type Command } from '../command.ts';

export const logs: Command = {
  name: 'logs',
  summary: 'what the parts have logged',
  arguments: [
    {
      name: 'part',
      values: 'part',
      summary:
        'kafka, elasticsearch, spark, producer-quotes, producer-trades or supervisor; in an account a producer, a function or a job (default: all)',
    },
  ],
  options: [
    { flags: '-f, --follow', summary: 'continue with new lines, until Ctrl-C' },
    {
      flags: '--since <time>',
      summary: 'only lines since then: 10m, 2h, or an ISO time (default: all; in an account the last hour)',
    },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm logs spark', does: 'all of one part' },
    { line: 'cryptodm logs -f --since 10m', does: 'all parts, live' },
  ],
  run: async (context, flags, args) => {
    const since = flags['since'] === undefined ? undefined : await parseSince(String(flags['since']));
    const write = (part: string, line: string) => {
      if (context.global.json) context.data({ part, line });
      else context.print(args[0] === undefined ? `${part.padEnd(16)} ${line}` : line);
    };
    const logs = await context.verb('logs', 'logs');
    const { remark } = await logs({ part: args[0], follow: flags['follow'] === true, since, write });
    if (remark !== undefined && !context.global.quiet && !context.global.json) context.io.stderr.write(`${remark}\n`);
    return context.io.signal.aborted ? exitCodes.interrupted : 0;
  },
};

async function parseSince(text: string): Promise<Date> {
  const { parseSeconds } = await import('../../settings/schema.ts');
  const seconds = parseSeconds(text);
  const time = seconds === undefined ? new Date(text) : new Date(Date.now() - seconds * 1000);
  if (Number.isNaN(time.getTime()))
    throw new Fault('usage', `--since ${text} is not a time`, {
      next: 'For example: --since 10m, or --since 2025-07-08T05:43:00Z.',
    });
  return time;
}
