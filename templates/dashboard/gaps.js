/** Periods of one gap that are drawn; a longer one is cut. */
const longestGap = 30;

/**
 * Times of the candles and, between them, those of the periods that are missing.
 * @param {readonly number[]} times ascending, in seconds
 * @param {number} step seconds of a period
 */
export function withGaps(times, step) {
  return times.flatMap((time, at) => {
    const before = times[at - 1];
    if (before === undefined) return [time];
    const missing = Math.min(Math.round((time - before) / step) - 1, longestGap);
    return [...Array.from({ length: Math.max(0, missing) }, (_, index) => before + (index + 1) * step), time];
  });
}
