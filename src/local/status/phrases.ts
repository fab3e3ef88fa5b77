export function isWithin(time: string | undefined, milliseconds: number, now: Date): boolean {
  return time !== undefined && now.getTime() - Date.parse(time) <= milliseconds;
}

export function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`;
}

export function duration(seconds: number): string {
  return seconds < 120 ? `${String(Math.round(seconds))} s` : `${String(Math.round(seconds / 60))} min`;
}

export function megabytes(bytes: number): string {
  return `${String(Math.floor(bytes / 1e6))} MB`;
}
