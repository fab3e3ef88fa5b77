import { targetOption, type Command } from '../command.ts';
import type { Context } from '../context.ts';

async function refreshIcons(context: Context) {
  const { io, reporter, entry } = context;
  const settings = await context.settings();
  if (settings.target === 'aws') {
    const { tellWaiting } = await import('../aws/only.ts');
    const { nameAwsLake } = await import('../../aws/lake.ts');
    const { refreshAwsAssets } = await import('../../aws/assets.ts');
    tellWaiting(context, 'waiting for update-assets-icons');
    return refreshAwsAssets(nameAwsLake(settings), io.signal);
  }
  const { refreshAssets } = await import('../../local/assets.ts');
  return refreshAssets({ settings, signal: io.signal, onEvent: reporter.show, entry }, io.env['COINAPI_KEY']);
}

const refresh: Command = {
  name: 'refresh',
  summary: 'load the icons of the coins into crypto_db.crypto_assets',
  options: [targetOption],
  examples: [
    { line: 'COINAPI_KEY=... cryptodm assets refresh', does: 'from CoinAPI; without a key from the bundled list' },
  ],
  run: async (context) => {
    const result = await refreshIcons(context);
    context.reporter.end();
    if (context.global.json) context.data(result);
    else
      context.print(
        `${String(result.rows)} icons from ${result.source}: ${String(result.inserted)} new, ${String(result.updated)} changed`,
      );
    return 0;
  },
};

export const assets: Command = {
  name: 'assets',
  summary: 'the icons of the coins',
  subcommands: [refresh],
  examples: [{ line: 'cryptodm assets refresh', does: 'load them now' }],
};
