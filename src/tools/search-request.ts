import { signIn } from './credential.ts';
import type { KnownSearch } from './search-identity.ts';

/** A plain request, signed in: the whole client takes a third of a second to load. @param path such as `/crypto_quote/_count` */
export async function requestSearch(
  { url, credential }: KnownSearch,
  path: string,
  { headers, ...init }: RequestInit & { headers?: Record<string, string> },
): Promise<Response> {
  return fetch(`${url}${path}`, { ...init, headers: { ...signIn(credential), ...headers } });
}
