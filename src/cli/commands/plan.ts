import { targetOption, type Command } from '../command.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'show what "up" would make, change and destroy in the account, and what it costs',
  options: [targetOption, { flags: '--no-produce', summary: 'as "up" without producers' }],
  examples: [
    { line: 'cryptodm plan --target aws', does: 'compares the settings with the account; makes nothing' },
    { line: 'cryptodm plan --json', does: 'one object: changes and costs' },
  ],
  run: async (context, flags) => {
    const settings = await context.settings();
    const { Fault } = await import('../../errors.ts');
    if (settings.target !== 'aws') {
      throw new Fault('usage', 'there is nothing to plan on this machine: "up" repairs just what is broken', {
        where: 'target',
        next: 'Run "cryptodm plan --target aws", or "cryptodm status".',
      });
    }
    const [{ planLake }, { planSummary, planText }] = await Promise.all([
      import('../../aws/plan.ts'),
      import('../../aws/text/plan.ts'),
    ]);
    const { io, reporter, entry, global } = context;
    const work = { settings, signal: io.signal, onEvent: reporter.show, entry };
    const planned = await planLake(work, { produce: flags['produce'] !== false, command: 'cryptodm plan' });
    await planned.release();
    reporter.end();
    if (global.json) context.data({ event: 'plan', ...planSummary(planned) });
    else context.print(planText(planned));
    return 0;
  },
};
