/** 12345 with 2 digits is 123.45: all digits, none lost. */
export function decimalText(units: number | bigint, digits: number): string {
  const text = String(units);
  if (digits === 0) return text;
  const padded = text.padStart(digits + 1, '0');
  return `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}

let second = NaN;
let prefix = '';

/** ISO with microseconds. */
export function isoText(micros: number, fraction = ''): string {
  const whole = Math.floor(micros / 1_000_000);
  if (whole !== second) {
    second = whole;
    prefix = new Date(whole * 1000).toISOString().slice(0, 20);
  }
  return `${prefix}${String(micros - whole * 1_000_000).padStart(6, '0')}${fraction}Z`;
}

/** ISO to the minute or the second, as candles and bars have it. */
export function isoSecond(micros: number): string {
  return `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19)}Z`;
}

/** Quotient with `digits` decimals, rounded half up. Both are positive. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor);
}

/** 1.5 with 2 digits is 150. */
export function unitsOf(decimal: string, digits: number): number {
  const [whole = '0', fraction = ''] = decimal.split('.');
  if (fraction.length > digits) throw new Error(`${decimal} has more than ${String(digits)} decimals`);
  return Number(whole + fraction.padEnd(digits, '0'));
}
