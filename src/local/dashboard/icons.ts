/** An icon and where it came from. */
export interface Icon {
  type: string;
  content: Buffer;
  url: string;
}

const fetchWithinMs = 5000;
const largest = 512 * 1024;
const againAfterMs = 10 * 60_000;
/** Pictures only, and none that could hold a script. */
const pictures = /^image\/(png|jpeg|gif|webp|avif)$/;

/** The coins' icons from other hosts: fetched here once, because the page itself sends no request to another host. */
export class Icons {
  private readonly known = new Map<string, { url: string; icon: Icon | undefined; at: number }>();
  private readonly fetching = new Set<string>();

  /** @param onIcon is called when the icon of a coin has come */
  constructor(private readonly onIcon: (coin: string) => void) {}

  /** The icon of a coin, if it is here. */
  find(coin: string): Icon | undefined {
    return this.known.get(coin)?.icon;
  }

  /** Fetches those that are missing. Resolves when each has come or failed; one that failed is tried again after ten minutes. */
  async want(urls: ReadonlyMap<string, string>): Promise<void> {
    await Promise.all([...urls].map(([coin, url]) => this.fetch(coin, url)));
  }

  private async fetch(coin: string, url: string): Promise<void> {
    const known = this.known.get(coin);
    const isCurrent = known?.url === url && (known.icon !== undefined || Date.now() - known.at < againAfterMs);
    if (isCurrent || this.fetching.has(coin)) return;
    this.fetching.add(coin);
    const icon = await fetchIcon(url);
    this.fetching.delete(coin);
    this.known.set(coin, { url, icon, at: Date.now() });
    if (icon !== undefined) this.onIcon(coin);
  }
}

/** Undefined when the answer is no picture, too large, too slow or missing: then the page draws a letter. */
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
