/** How many requests a client may make: so many in a second, and so many at once. */
export class RateLimit {
  private readonly clients = new Map<string, { left: number; atMs: number }>();

  constructor(
    private readonly inSecond: number,
    private readonly atOnce: number,
  ) {}

  /** Counts a request. @returns whether it is allowed */
  allows(client: string, nowMs: number): boolean {
    const { left, atMs } = this.clients.get(client) ?? { left: this.atOnce, atMs: nowMs };
    const now = Math.min(this.atOnce, left + ((nowMs - atMs) / 1000) * this.inSecond);
    this.clients.set(client, { left: now < 1 ? now : now - 1, atMs: nowMs });
    return now >= 1;
  }
}
