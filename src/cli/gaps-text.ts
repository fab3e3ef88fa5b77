import type { Gap } from '../lake/gaps.ts';
import { table } from '../tools/text-table.ts';

/** More rows would scroll away; programs get all of them. */
export const mostRows = 1000;

const minute = 60_000;

/** A gap as programs read it; `to` is exclusive. */
export function gapData({ coin, from, to, reason }: Gap) {
  return { coin, from: plain(from), to: plain(to), minutes: (to - from) / minute, reason };
}

/** Runs of minutes as a person reads them, with the sums by reason. */
export function renderGaps(gaps: readonly Gap[]): string {
  if (gaps.length === 0) return 'No minute is without a trade.';
  const rows = gaps.slice(0, mostRows).map((gap) => {
    const { coin, from, to, minutes, reason } = gapData(gap);
    return [coin, from, to, String(minutes), reason];
  });
  const sums = new Map<string, number>();
  for (const { from, to, reason } of gaps) sums.set(reason, (sums.get(reason) ?? 0) + (to - from) / minute);
  const text = [...sums].map(([reason, minutes]) => `${reason}: ${counted(minutes, 'minute')}`).join(', ');
  return [...table(['coin', 'from', 'to', 'minutes', 'reason'], rows), ...rest(gaps.length, 'run'), '', text].join(
    '\n',
  );
}

/** What is said of rows that are not shown. */
export function rest(length: number, what: string): string[] {
  return length > mostRows ? [`... and ${counted(length - mostRows, `more ${what}`)} (--json gives all)`] : [];
}

export function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}

function plain(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}
