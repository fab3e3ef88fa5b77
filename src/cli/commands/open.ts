import { openTools, type OpenTool } from '../../lake/snippet.ts';
import type { Command } from '../command.ts';
import { dashboard } from './dashboard.ts';

export const open: Command = {
  name: 'open',
  summary: 'open the lake: its live dashboard in the browser, or print what opens it with another tool',
  arguments: [
    {
      name: 'tool',
      summary: 'print what to paste to read the lake with this tool; no secret is in it',
      choices: openTools,
    },
  ],
  options: dashboard.options ?? [],
  examples: [
    { line: 'cryptodm open', does: 'the dashboard; without a browser, print its address' },
    { line: 'cryptodm open pyiceberg > lake.py', does: 'a program that reads the lake' },
    { line: 'cryptodm open dbt', does: 'the profile of a dbt project' },
  ],
  run: async (context, flags, args) => {
    const tool = args[0] as OpenTool | undefined;
    if (tool === undefined) return dashboard.run?.(context, flags, args);
    const snippet = await (await context.verb('snippet', `open ${tool}`))(tool);
    return context.answer({ data: [snippet], text: snippet.text });
  },
};
