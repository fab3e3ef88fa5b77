import { rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundledIcons, iconsOf } from '../lake/coins.ts';
import { layOut } from './layout.ts';
import { fetchIcons } from '../tools/coinapi.ts';
import { runTask } from './parts/task.ts';
import { localTask } from './parts/lake-parts.ts';
import { prepare, type Kit } from './setup/preparation.ts';
import { requireSpec } from './standing-lake.ts';
import type { Work } from '../work.ts';

export interface RefreshedAssets {
  source: 'CoinAPI' | 'the bundled list';
  rows: number;
  inserted: number;
  updated: number;
}

/**
 * Loads the icons of the coins in one commit: from CoinAPI when there is a key, else from the bundled list.
 * @throws Fault of kind `outside` when CoinAPI refuses or answers something else
 */
export async function refreshAssets(work: Work, key: string | undefined): Promise<RefreshedAssets> {
  const layout = layOut(work.settings.paths.data);
  requireSpec(layout);
  const icons = key === undefined || key === '' ? bundledIcons() : await fetchOurIcons(work, key);
  const kit = await prepare(work, { extensions: false });
  const loaded = await loadIcons(kit, work, icons);
  return { source: key === undefined || key === '' ? 'the bundled list' : 'CoinAPI', ...loaded };
}

/** Brings icons into the table: new coins and changed addresses in one commit, none when nothing differs. */
export async function loadIcons(
  kit: Kit,
  work: Work,
  icons: { asset_id: string; url: string }[],
): Promise<Omit<RefreshedAssets, 'source'>> {
  const layout = layOut(work.settings.paths.data);
  mkdirSync(layout.temporary, { recursive: true });
  const file = join(layout.temporary, `icons-${String(process.pid)}.json`);
  writeFileSync(file, JSON.stringify(icons), { mode: 0o600 });
  try {
    const task = localTask(kit, work.settings, layout, 'io.cryptodm.local.Functions', [
      'update-assets',
      '--icons',
      file,
    ]);
    const lines = await runTask(task, { what: 'loading the icons', signal: work.signal });
    const { assets } = lines.at(-1) as { assets: Omit<RefreshedAssets, 'source'> };
    const { rows, inserted, updated } = assets;
    return { rows, inserted, updated };
  } finally {
    rmSync(file, { force: true });
  }
}

async function fetchOurIcons(work: Work, key: string) {
  const coins = work.settings.coins.map((pair) => pair.split('/')[0] ?? '');
  return iconsOf(coins, await fetchIcons(work.settings.coinapi.url, key, work.signal));
}
