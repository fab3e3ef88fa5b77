import type { Command } from '../command.ts';
import { sqlOptions } from '../sql/options.ts';

export const shell: Command = {
  name: 'shell',
  summary: 'ask the tables in SQL, interactively: completion, history, several lines',
  options: sqlOptions,
  examples: [
    { line: 'cryptodm shell', does: 'a statement ends with a semicolon; \\? shows help, Ctrl-D leaves' },
    { line: 'cryptodm shell < report.sql', does: 'the same as query with this script' },
  ],
  run: async (context, flags) => {
    const { readScript, readSqlOptions } = await import('../sql/input.ts');
    const options = readSqlOptions(context, flags);
    const { stdin, stdout } = context.io;
    if (stdin.isTTY && stdout.isTTY && context.canAsk) {
      const { runShell } = await import('../shell/shell.ts');
      await runShell(context, options);
      return 0;
    }
    const statements = await readScript(context, '-');
    const { showResults } = await import('../sql/results.ts');
    await showResults(context, options, statements);
    return 0;
  },
};
