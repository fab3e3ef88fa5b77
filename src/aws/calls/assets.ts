import * as z from 'zod';
import { callFunction } from './function-calls.ts';
import type { AwsLake } from '../lake.ts';

const answerSchema = z.object({
  assets: z.object({ rows: z.number(), inserted: z.number(), updated: z.number(), source: z.string() }),
});

/** Calls the function that loads the icons of the coins; it reads the key of CoinAPI from the lake's secrets. */
export async function refreshAwsAssets(
  lake: AwsLake,
  signal: AbortSignal,
): Promise<z.infer<typeof answerSchema>['assets']> {
  const { assets } = answerSchema.parse(await callFunction(lake, 'update-assets-icons', {}, signal));
  const sources: Record<string, string> = { coinapi: 'CoinAPI', bundled: 'the bundled list' };
  return { ...assets, source: sources[assets.source] ?? assets.source };
}
