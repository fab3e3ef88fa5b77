/** Characters of somebody else’s text that a sentence may hold. */
const longest = 300;

export function isWithin(time: string | undefined, milliseconds: number, now: Date): boolean {
  return time !== undefined && now.getTime() - Date.parse(time) <= milliseconds;
}

export function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`;
}

export function duration(seconds: number): string {
  if (seconds < 120) return `${String(Math.round(seconds))} s`;
  return seconds < 7200 ? `${String(Math.round(seconds / 60))} min` : `${String(Math.round(seconds / 3600))} h`;
}

export function megabytes(bytes: number): string {
  return `${String(Math.floor(bytes / 1e6))} MB`;
}

/** Text of somebody else, such as a reason with a payload in it, short enough for a sentence. */
export function shorten(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}...`;
}
