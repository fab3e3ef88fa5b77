import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { bundledIcons, iconsOf } from '../../lake/coins.ts';
import { useAthena } from '../services/athena.ts';
import { writeObject } from '../services/objects.ts';
import { readSecret } from '../services/secrets-manager.ts';
import { fetchIcons, type Icon } from '../../tools/coinapi.ts';
import { mergeIcons, type MergedIcons } from './icon-merge.ts';
import type { LakeEnvironment } from './environment.ts';
import { handle } from './handler.ts';
import { iconsLoadedKey, type IconsLoaded } from './icons-note.ts';
import { readLakeSpec } from './lake-spec.ts';

const eventSchema = z.object({
  icons: z.array(z.object({ asset_id: z.string().min(1), url: z.string().min(1) })).optional(),
});

export interface UpdatedIcons {
  assets: { rows: number; source: 'coinapi' | 'bundled' | 'given' } & MergedIcons;
}

/** Loads the icons of the lake's coins: from the event, else from CoinAPI where the lake has a key for it, else from the bundled list. */
export async function updateAssetsIcons(lake: LakeEnvironment, event: unknown): Promise<UpdatedIcons> {
  const { coins, tables } = await readLakeSpec(lake);
  const table = tables.find(({ name }) => name.endsWith('.crypto_assets'));
  if (table === undefined)
    throw new Fault('settings', 'the spec has no table crypto_assets', { next: 'Run "cryptodm up" again.' });
  const { icons: all, source } = await chooseIcons(lake, event);
  const icons = iconsOf(
    coins.map(({ base }) => base),
    all,
  );
  const merged = await useAthena(lake.connection, (athena) =>
    mergeIcons(athena, { icons, table: table.name, workgroup: lake.workgroup, date: new Date() }),
  );
  const note: IconsLoaded = { at: new Date().toISOString() };
  await writeObject(lake.connection, lake.artifacts, iconsLoadedKey, JSON.stringify(note));
  return { assets: { rows: icons.length, ...merged, source } };
}

async function chooseIcons(
  lake: LakeEnvironment,
  event: unknown,
): Promise<{ icons: Icon[]; source: UpdatedIcons['assets']['source'] }> {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) throw new Fault('usage', `the event is wrong: ${z.prettifyError(parsed.error)}`);
  if (parsed.data.icons !== undefined) return { icons: parsed.data.icons, source: 'given' };
  const secret = lake.variable('COINAPI_SECRET');
  const url = lake.variable('COINAPI_URL');
  const key = secret === undefined ? undefined : (await readSecret(lake.connection, secret))?.['key'];
  if (!key || url === undefined) return { icons: bundledIcons(), source: 'bundled' };
  return { icons: await fetchIcons(url, key), source: 'coinapi' };
}

export const handler = handle(updateAssetsIcons);
