import { readFileSync } from 'node:fs';

/** A recorded minute, with all digits as text. */
export interface RecordedBar {
  /** ISO, UTC, start of the minute */
  minute: string;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
}

/** The recorded days of BTC/USD in the repository. */
export const recordings = ['examples/btc-usd-1m-2023-03-10.csv', 'test/fixtures/market/btc-usd-1m-2023-03-11.csv'];

export function readRecording(file: string): RecordedBar[] {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  return lines.map((line) => {
    const [time = '', open = '', high = '', low = '', close = '', volume = ''] = line.split(',');
    return { minute: new Date(time.replace(' ', 'T')).toISOString(), open, high, low, close, volume };
  });
}

const scale = 24n;

/** Exact product of two decimals, with 12 decimals, rounded half up. */
export function multiply(left: string, right: string): string {
  const product = toUnits(left, 12) * toUnits(right, 12);
  const half = 5n * 10n ** (scale - 12n - 1n);
  return fromUnits((product + half) / 10n ** (scale - 12n), 12);
}

/** Equal as decimals: `20375.760` is `20375.76`. */
export function sameDecimal(left: string, right: string): boolean {
  return toUnits(left, 12) === toUnits(right, 12);
}

function toUnits(text: string, digits: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
}

function fromUnits(units: bigint, digits: number): string {
  const text = units.toString().padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
