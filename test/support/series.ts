/** A figure that was read again and again: hours since the begin, and its value. */
export type Series = readonly (readonly [hours: number, value: number])[];

/** The slope of a series per hour: the median of the slopes between all pairs (Theil and Sen), which a few outliers do not move. */
export function slopeOf(series: Series): number {
  const slopes = series.flatMap(([at, value], index) =>
    series.slice(index + 1).flatMap(([later, its]) => (later > at ? [(its - value) / (later - at)] : [])),
  );
  return medianOf(slopes);
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** What came after a part of the series, 0 to 1. */
export function after(series: Series, part: number): Series {
  const [last] = series.at(-1) ?? [0];
  return series.filter(([at]) => at >= last * part);
}
