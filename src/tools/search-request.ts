import { signIn } from './credential.ts';
import type { KnownSearch } from './search-identity.ts';

/** A plain request, signed in: the whole client takes a third of a second to load. @param path such as `/crypto_quote/_count` */
export async function requestSearch(search: KnownSearch, path: string, signal: AbortSignal): Promise<Response> {
  return fetch(`${search.url}${path}`, { headers: signIn(search.credential), signal });
}
