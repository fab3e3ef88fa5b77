import type { Command } from '../command.ts';

const refresh: Command = {
  name: 'refresh',
  summary: 'load the icons of the coins into crypto_db.crypto_assets',
  examples: [
    { line: 'COINAPI_KEY=... cryptodm assets refresh', does: 'from CoinAPI; without a key from the bundled list' },
  ],
  run: async (context) => {
    const { refreshAssets } = await import('../../actions/assets.ts');
    const { io, reporter, entry } = context;
    const result = await refreshAssets(
      { settings: await context.settings(), signal: io.signal, onEvent: reporter.show, entry },
      io.env['COINAPI_KEY'],
    );
    reporter.end();
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
