/** `[########------------]  40%  4,032 of 10,080 minutes asked, 3,977 bars`: how far a backfill is. */
export function progressBar(at: { minutes: number; asked: number; sent: number; what: string }): string {
  const part = at.minutes === 0 ? 1 : Math.min(1, at.asked / at.minutes);
  const width = 20;
  const filled = Math.round(part * width);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
  const number = (count: number) => String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${bar} ${percent}%  ${number(at.asked)} of ${number(at.minutes)} minutes asked, ${number(at.sent)} ${at.what}`;
}
