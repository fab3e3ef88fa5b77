import { rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundledIcons, iconsOf } from '../lake/coins.ts';
import { fetchIcons } from '../tools/coinapi.ts';
import { runTask } from './parts/task.ts';
import { lakeTask } from './parts/spark.ts';
import { prepare, type Toolchain } from './setup/preparation.ts';
import { requireSpec } from './requirements.ts';
import type { RefreshedAssets } from '../lake-target.ts';
import type { Caller } from '../work.ts';
import type { LocalLake } from './lake.ts';

/**
 * Loads the icons of the coins in one commit: from CoinAPI when there is a key, else from the bundled list.
 * @throws Fault of kind `outside` when CoinAPI refuses or answers something else
 */
export async function refreshAssets(lake: LocalLake, caller: Caller): Promise<RefreshedAssets> {
  requireSpec(lake.layout);
  const key = caller.env['COINAPI_KEY'] ?? '';
  const icons = key === '' ? bundledIcons() : await fetchLakeIcons(lake, key, caller.signal);
  const toolchain = await prepare(lake, caller, { extensions: false });
  const loaded = await loadIcons(lake, toolchain, icons, caller.signal);
  return { source: key === '' ? 'the bundled list' : 'CoinAPI', ...loaded };
}

/** Brings icons into the table: new coins and changed addresses in one commit, none when nothing differs. */
export async function loadIcons(
  lake: LocalLake,
  toolchain: Toolchain,
  icons: { asset_id: string; url: string }[],
  signal: AbortSignal,
): Promise<Omit<RefreshedAssets, 'source'>> {
  const { layout } = lake;
  mkdirSync(layout.temporary, { recursive: true });
  const file = join(layout.temporary, `icons-${String(process.pid)}.json`);
  writeFileSync(file, JSON.stringify(icons), { mode: 0o600 });
  try {
    const task = lakeTask(lake, toolchain, 'io.cryptodm.local.Functions', ['update-assets', '--icons', file]);
    const lines = await runTask(task, { what: 'loading the icons', signal });
    const { assets } = lines.at(-1) as { assets: Omit<RefreshedAssets, 'source'> };
    const { rows, inserted, updated } = assets;
    return { rows, inserted, updated };
  } finally {
    rmSync(file, { force: true });
  }
}

async function fetchLakeIcons({ settings }: LocalLake, key: string, signal: AbortSignal) {
  const coins = settings.coins.map((pair) => pair.split('/')[0] ?? '');
  return iconsOf(coins, await fetchIcons(settings.coinapi.url, key, signal));
}
