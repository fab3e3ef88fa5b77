import { keepDays } from '../../lake/maintenance.ts';
import { targetOption, type Command } from '../command.ts';
import { textOf, textsOf } from '../flags.ts';

export const optimizeIceberg: Command = {
  name: 'optimize-iceberg',
  summary: 'compact the tables, expire old snapshots, remove orphan files',
  options: [
    { flags: '--table <table>', values: 'table', summary: 'only this table; may be given several times', many: true },
    { flags: '--dry-run', summary: 'show what would be done, and change nothing' },
    { flags: '--retain <time>', summary: `keep snapshots that are younger (default: ${String(keepDays.snapshots)}d)` },
    {
      flags: '--orphans-older-than <time>',
      summary: `remove orphan files that are older (default: ${String(keepDays.orphans)}d)`,
    },
    { flags: '--target-file-size <size>', summary: 'of rewritten files, such as 128MB (default: 512MiB)' },
    {
      flags: '--via <engine>',
      summary: 'in an account: athena, or spark, in Glue or as a step of the cluster (default: by aws.upkeep)',
      choices: ['athena', 'spark'],
    },
    targetOption,
  ],
  examples: [
    { line: 'cryptodm optimize-iceberg', does: 'all tables, while the streams run' },
    {
      line: 'cryptodm optimize-iceberg --dry-run',
      does: 'files, snapshots, orphan files and bytes that it would touch',
    },
    { line: 'cryptodm optimize-iceberg --table crypto_db.crypto_quote --retain 1h', does: 'one table, little history' },
    { line: 'cryptodm optimize-iceberg --via spark --retain 1d', does: 'in an account: by Spark, with its options' },
  ],
  run: async (context, flags) => {
    const { parseBytes, parseSeconds } = await import('../../settings/schema.ts');
    const { Fault } = await import('../../errors.ts');
    const time = (name: string, flag: string) => {
      const given = textOf(flags, name);
      if (given === undefined) return undefined;
      const seconds = parseSeconds(given);
      if (seconds === undefined)
        throw new Fault('usage', `${flag} ${given} is not a length of time`, { next: `For example: ${flag} 7d.` });
      return seconds;
    };
    const size = () => {
      const given = textOf(flags, 'targetFileSize');
      if (given === undefined) return undefined;
      const bytes = parseBytes(given);
      // Smaller files would cost more than they hold.
      if (bytes === undefined || bytes < 64 * 1024 || bytes > 8 * 1024 ** 3)
        throw new Fault('usage', `--target-file-size ${given} is not a size from 64KiB to 8GiB`, {
          next: 'For example: --target-file-size 128MB.',
        });
      return bytes;
    };
    const options = {
      dryRun: flags['dryRun'] === true,
      targetFileBytes: size(),
      tables: textsOf(flags, 'table'),
      via: textOf(flags, 'via'),
      retainSeconds: time('retain', '--retain'),
      orphansOlderThanSeconds: time('orphansOlderThan', '--orphans-older-than'),
    };
    const optimize = await context.verb('optimize', 'optimize-iceberg');
    return context.answer(await optimize(options));
  },
};
