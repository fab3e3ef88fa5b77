import { targetOption, type Command } from '../command.ts';

const rebuild: Command = {
  name: 'rebuild',
  summary: 'rebuild the index from the tables, while searches go on',
  options: [targetOption],
  examples: [
    { line: 'cryptodm index rebuild', does: 'the old index answers until the new one holds everything' },
    { line: 'cryptodm index rebuild', does: 'after Ctrl-C or a kill: it goes on where it stopped' },
  ],
  run: async (context) => context.answer(await (await context.verb('rebuildIndex', 'index rebuild'))('rebuild')),
};

const fill: Command = {
  name: 'fill',
  summary: 'fill an index that was made again and lacks rows of the tables; the supervisor does it by itself',
  options: [targetOption],
  examples: [{ line: 'cryptodm index fill', does: 'nothing where no row is lacking' }],
  run: async (context) => context.answer(await (await context.verb('rebuildIndex', 'index fill'))('fill')),
};

export const index: Command = {
  name: 'index',
  summary: 'the search index of the lake',
  subcommands: [rebuild, fill],
  examples: [
    { line: 'cryptodm index rebuild', does: 'when "status" or "doctor" says so' },
    { line: 'cryptodm index fill', does: 'now, instead of when the supervisor does it' },
  ],
};
