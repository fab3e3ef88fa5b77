import type { Command } from '../command.ts';
import { dashboard } from './dashboard.ts';

export const open: Command = {
  name: 'open',
  summary: 'open the lake: its live dashboard in the browser',
  options: dashboard.options ?? [],
  examples: [{ line: 'cryptodm open', does: 'the dashboard; without a browser, print its address' }],
  run: (context, flags, args) => dashboard.run?.(context, flags, args) ?? Promise.resolve(undefined),
};
