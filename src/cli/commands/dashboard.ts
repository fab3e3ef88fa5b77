import type { Command } from '../command.ts';
import { targetOption } from '../command.ts';

export const dashboard: Command = {
  name: 'dashboard',
  summary: 'open the live dashboard in the browser',
  options: [{ flags: '--no-open', summary: 'only print its address' }, targetOption],
  examples: [
    { line: 'cryptodm dashboard', does: 'open it; without a browser, print its address' },
    { line: 'cryptodm dashboard --no-open', does: 'print the address' },
  ],
  run: async (context, flags) => {
    const dashboard = await context.verb('dashboard', 'dashboard');
    const url = await dashboard();
    const { openBrowser } = await import('../browser.ts');
    const opened = flags['open'] !== false && openBrowser(url, context.io.env);
    if (context.global.json) context.data({ url, opened });
    else context.print(url);
    return 0;
  },
};
