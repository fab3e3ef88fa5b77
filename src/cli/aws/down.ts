import type { Context } from '../context.ts';
import type { Flags } from '../command.ts';

/** `down` in an account: asks for the lake's name, takes everything away and looks by tags and names at what is left. */
export async function downAws(context: Context, flags: Flags): Promise<number> {
  const { awsLakeStands, takeDownAws } = await import('../../aws/take-down.ts');
  const { io, reporter, entry, global } = context;
  const settings = await context.settings();
  const work = { settings, signal: io.signal, onEvent: reporter.show, entry };
  const keepData = flags['keepData'] === true;
  const prefix = settings.aws.prefix ?? '';
  if (await awsLakeStands(work)) {
    const what = keepData ? 'Stops the lake and keeps its data' : 'Removes the lake with all its data';
    await context.confirmName(`${what} (${settings.aws.region}).`, prefix);
  }
  const proof = await takeDownAws(work, { keepData });
  reporter.end();
  if (global.json) context.data({ event: 'down', target: 'aws', ...proof, keptData: keepData });
  else if (keepData) {
    context.print('Buckets, catalog, index and state are kept: storage bills on. The next "up" goes on with them.');
  } else {
    const nothing = proof.removed === 0 ? `Nothing to take down for ${prefix}. ` : '';
    context.print(
      `${nothing}Looked: nothing carries the lake’s tags, no bucket, log group, secret or file of its name.`,
    );
  }
  return 0;
}
