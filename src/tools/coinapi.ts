import * as z from 'zod';
import { Fault } from '../errors.ts';

/** The address of a coin's icon. */
export interface Icon {
  asset_id: string;
  url: string;
}

/** The answer of `GET /v1/assets/icons/256`; it may have more fields. */
const iconsSchema = z.array(z.object({ asset_id: z.string().min(1), url: z.string().min(1) }));

/**
 * Requests the icons of all coins from CoinAPI.
 * @param base address of CoinAPI, such as `https://rest.coinapi.io`
 * @throws Fault of kind `outside` when it refuses, does not answer within 30 s or answers something else
 */
export async function fetchIcons(base: string, key: string, signal?: AbortSignal): Promise<Icon[]> {
  const url = new URL('/v1/assets/icons/256', base);
  const failed = (reason: string, cause?: unknown) =>
    new Fault('outside', `CoinAPI: ${reason}`, {
      where: url.href,
      next: 'Check COINAPI_KEY, or leave it out for the bundled list.',
      cause,
    });
  const limit = AbortSignal.timeout(30_000);
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { 'X-CoinAPI-Key': key, accept: 'application/json' },
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    throw failed('can’t be reached', error);
  }
  if (!response.ok) throw failed(`answered ${String(response.status)}`);
  const parsed = iconsSchema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw failed('its answer is not a list of icons');
  return parsed.data;
}
