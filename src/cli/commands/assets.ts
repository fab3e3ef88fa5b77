import { targetOption, type Command } from '../command.ts';

const refresh: Command = {
  name: 'refresh',
  summary: 'load the icons of the coins into crypto_db.crypto_assets',
  options: [targetOption],
  examples: [
    { line: 'COINAPI_KEY=... cryptodm assets refresh', does: 'from CoinAPI; without a key from the bundled list' },
  ],
  run: async (context) => {
    const refreshAssets = await context.verb('refreshAssets', 'assets refresh');
    const result = await refreshAssets();
    const { rows, inserted, updated, source } = result;
    const text = `${String(rows)} icons from ${source}: ${String(inserted)} new, ${String(updated)} changed`;
    return context.answer({ data: [result], text });
  },
};

export const assets: Command = {
  name: 'assets',
  summary: 'the icons of the coins',
  subcommands: [refresh],
  examples: [{ line: 'cryptodm assets refresh', does: 'load them now' }],
};
