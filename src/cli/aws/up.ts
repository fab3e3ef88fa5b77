import type { Context } from '../context.ts';
import type { Flags } from '../command.ts';

/** `up` in an account: shows plan and costs, asks, applies exactly that plan. */
export async function upAws(context: Context, flags: Flags): Promise<number> {
  const [{ planLake }, { raiseAws }] = await Promise.all([import('../../aws/plan.ts'), import('../../aws/raise.ts')]);
  const { io, reporter, entry, global } = context;
  const work = { settings: await context.settings(), signal: io.signal, onEvent: reporter.show, entry };
  const options = { produce: flags['produce'] !== false, command: 'cryptodm up' };
  const planned = await planLake(work, options);
  reporter.end();
  try {
    if (planned.changes.length > 0) {
      const { planText } = await import('../../aws/text/plan.ts');
      if (!global.json && !global.quiet) context.print(planText(planned));
      await context.confirm(`Make these ${String(planned.changes.length)} changes in account ${planned.account}?`);
    }
  } catch (error) {
    await planned.release();
    throw error;
  }
  const result = await raiseAws(planned, work, options);
  reporter.end();
  if (global.json) context.data({ event: 'up', target: 'aws', ...result });
  else if (!global.quiet) {
    context.print(
      result.changed.length === 0 ? 'Everything stands already.' : `The lake stands (${result.seconds.toFixed(0)} s).`,
    );
    context.print(`Try:  cryptodm query "select * from crypto_db.crypto_quote order by start_window desc limit 5"`);
  }
  return 0;
}
