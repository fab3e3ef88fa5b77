import { Fault } from '../errors.ts';

const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** As `parseTime`, for --as-of. */
export function parseAsOf(text: string, now: number = Date.now()): number {
  return parseTime(text, '--as-of', now);
}

/**
 * A point in time from what a user writes: `2025-07-08`, `2025-07-08T05:43`, `2025-07-08 05:43:00Z`, with or without an offset (UTC without one),
 * or a time ago such as `90s`, `10m`, `2h`, `1d`. Milliseconds since the epoch.
 * Throws a Fault `usage` that names `where`, the flag.
 */
export function parseTime(text: string, where: string, now: number = Date.now()): number {
  const trimmed = text.trim();
  const ago = /^(\d+(?:\.\d+)?)\s*([smhd])(?:\s+ago)?$/.exec(trimmed);
  if (ago) {
    const at = Math.round(now - Number(ago[1]) * (unitMs[ago[2] ?? ''] ?? Number.NaN));
    if (at >= 0) return at;
    throw new Fault('usage', `${text} ago is before 1970`, { where, next: 'Give a later time, such as 7d.' });
  }
  const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i.exec(
    trimmed,
  );
  if (iso) {
    const [, date = '', time = '00:00', zone = 'Z'] = iso;
    const offset = /^[+-]\d{2}$/.test(zone)
      ? `${zone}:00`
      : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase();
    const at = Date.parse(`${date}T${time.replace(/(\.\d{3})\d+$/, '$1')}${offset}`);
    // Date.parse reads 2025-02-30 as a day of March.
    const wanted = Date.parse(`${date}T00:00:00Z`);
    if (!Number.isNaN(at) && !Number.isNaN(wanted) && new Date(wanted).toISOString().startsWith(date)) return at;
  }
  throw new Fault('usage', `not a time: ${text}`, {
    where,
    next: 'Give a time such as 2025-07-08T05:43:00Z (UTC without an offset), or a time ago such as 10m or 2h.',
  });
}
