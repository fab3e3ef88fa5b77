import { rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Fault } from '../errors.ts';
import { bundledIcons } from '../lake/coins.ts';
import { layOut } from '../targets/layout.ts';
import { runTask } from '../tools/task.ts';
import { localTask } from './local-parts.ts';
import { prepare, type Kit } from './prepare.ts';
import { requireSpec } from './standing-lake.ts';
import type { Work } from './work.ts';

export interface RefreshedAssets {
  source: 'CoinAPI' | 'the bundled list';
  rows: number;
  inserted: number;
  updated: number;
}

/** The reply of `GET /v1/assets/icons/256`; more fields may come. */
const iconsSchema = z.array(z.object({ asset_id: z.string().min(1), url: z.string().min(1) }));

/**
 * Loads the icons of the coins in one commit: from CoinAPI when there is a key, else from the bundled list.
 * @throws Fault of kind `outside` when CoinAPI refuses or answers something else
 */
export async function refreshAssets(work: Work, key: string | undefined): Promise<RefreshedAssets> {
  const layout = layOut(work.settings.paths.data);
  requireSpec(layout);
  const icons = key === undefined || key === '' ? bundledIcons() : await fetchIcons(work, key);
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

async function fetchIcons(work: Work, key: string): Promise<z.infer<typeof iconsSchema>> {
  const url = new URL('/v1/assets/icons/256', work.settings.coinapi.url);
  const failed = (reason: string, cause?: unknown) =>
    new Fault('outside', `CoinAPI: ${reason}`, {
      where: url.href,
      next: 'Check COINAPI_KEY, or leave it out for the bundled list.',
      cause,
    });
  let response: Response;
  try {
    const signal = AbortSignal.any([work.signal, AbortSignal.timeout(30_000)]);
    response = await fetch(url, { headers: { 'X-CoinAPI-Key': key, accept: 'application/json' }, signal });
  } catch (error) {
    throw failed('can’t be reached', error);
  }
  if (!response.ok) throw failed(`answered ${String(response.status)}`);
  const parsed = iconsSchema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw failed('its answer is not a list of icons');
  const wanted = new Set(work.settings.coins.map((pair) => pair.split('/')[0]));
  const icons = parsed.data.filter((icon) => wanted.has(icon.asset_id));
  // The last one wins when a coin stands twice.
  return [...new Map(icons.map(({ asset_id, url: address }) => [asset_id, { asset_id, url: address }])).values()];
}
