import * as z from 'zod';

const answer = z.object({ timed_out: z.boolean(), _shards: z.object({ failed: z.number() }) });

/** Whether an index answers a search within 10 s, from all its shards. The client of Elasticsearch is too large for a function. */
export async function answersSearch(
  { url, username, password }: { url: string; username: string; password: string },
  index: string,
): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/${encodeURIComponent(index)}/_search?size=0`, {
      headers: { authorization },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) return false;
    const { timed_out, _shards } = answer.parse(await response.json());
    return !timed_out && _shards.failed === 0;
  } catch {
    return false;
  }
}
