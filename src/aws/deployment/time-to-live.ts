import type { Deployment } from './deployment.ts';

/**
 * End of the time to live, UTC; undefined for none. A time to live that still runs goes on; one that has ended, or whose length has changed,
 * starts again.
 * @param timeToLive seconds; 0: no end
 * @param last the last deployment that was applied
 */
export function expiry(timeToLive: number, last: Deployment | undefined, now: Date): string | undefined {
  if (timeToLive === 0) return undefined;
  const current = last?.expiresAt;
  if (current !== undefined && last?.aws.timeToLive === timeToLive && current > now.toISOString()) return current;
  return new Date(now.getTime() + timeToLive * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}
