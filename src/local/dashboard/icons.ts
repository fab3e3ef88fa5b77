/** An icon as it was fetched. */
export interface Icon {
  type: string;
  content: Buffer;
  /** where it came from */
  url: string;
}

const fetchWithinMs = 5000;
const largest = 512 * 1024;
const againAfterMs = 10 * 60_000;
/** Pictures only, and none that could hold a script. */
const pictures = /^image\/(png|jpeg|gif|webp|avif)$/;

/** The coins' icons, which lie elsewhere: fetched here once, because the page itself asks nobody outside. */
export class Icons {
  private readonly known = new Map<string, { url: string; icon: Icon | undefined; at: number }>();
  private readonly fetching = new Set<string>();

  /** @param tell hears that an icon has come */
  constructor(private readonly tell: (coin: string) => void) {}

  /** The icon of a coin, if it is here. */
  find(coin: string): Icon | undefined {
    return this.known.get(coin)?.icon;
  }

  /** Fetches those that are not here yet; resolves when each has come or was given up for a while. */
  async want(urls: ReadonlyMap<string, string>): Promise<void> {
    await Promise.all([...urls].map(([coin, url]) => this.fetch(coin, url)));
  }

  private async fetch(coin: string, url: string): Promise<void> {
    const known = this.known.get(coin);
    const stands = known?.url === url && (known.icon !== undefined || Date.now() - known.at < againAfterMs);
    if (stands || this.fetching.has(coin)) return;
    this.fetching.add(coin);
    const icon = await fetchIcon(url);
    this.fetching.delete(coin);
    this.known.set(coin, { url, icon, at: Date.now() });
    if (icon !== undefined) this.tell(coin);
  }
}

/** Undefined for whatever is no picture, too large, too slow or away: then the page draws a letter. */
async function fetchIcon(url: string): Promise<Icon | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(fetchWithinMs), redirect: 'error' });
    const type = response.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
    if (!response.ok || !pictures.test(type) || response.body === null) return undefined;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body) {
      length += chunk.length;
      if (length > largest) return undefined;
      chunks.push(chunk);
    }
    return { type, content: Buffer.concat(chunks), url };
  } catch {
    return undefined;
  }
}
