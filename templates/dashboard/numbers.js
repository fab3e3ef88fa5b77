/**
 * A decimal as the tables have it, without zeros at its end: `19000.250000000000` is `19000.25`. Nothing is rounded.
 * @param {string} text
 */
export function trim(text) {
  const plain = /e/i.test(text) ? Number(text).toFixed(12) : text;
  return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
}

/**
 * With commas between the thousands.
 * @param {string} text
 */
export function group(text) {
  const [, sign = '', whole = text, rest = ''] = /^(-?)(\d+)(.*)$/.exec(text) ?? [];
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${rest}`;
}

/**
 * An exact number for people.
 * @param {string | number | null | undefined} value
 */
export function exact(value) {
  return value === null || value === undefined ? '' : group(trim(String(value)));
}

/**
 * Digits after the point that show all these prices, 2 to 12: as many as the price with the most.
 * @param {readonly string[]} prices
 */
export function digitsOf(prices) {
  return prices.reduce((most, price) => Math.max(most, (trim(price).split('.')[1] ?? '').length), 2);
}

/**
 * An exact number with at least this many digits after the point, so that a column of them stands in line.
 * @param {string} text
 * @param {number} digits
 */
export function aligned(text, digits) {
  const [whole = '', fraction = ''] = trim(text).split('.');
  return group(`${whole}.${fraction.padEnd(digits, '0')}`);
}

/**
 * A number with this many digits after the point.
 * @param {string | number | null | undefined} value
 * @param {number} digits
 */
export function rounded(value, digits) {
  return value === null || value === undefined ? '' : group(Number(value).toFixed(digits));
}

/**
 * Change between two prices, such as `+1.25 %`; a dash where one is unknown.
 * @param {number | undefined} now
 * @param {number | undefined} before
 */
export function change(now, before) {
  if (now === undefined || !Number.isFinite(now) || before === undefined || !(before > 0)) {
    return { text: '–', sign: 0 };
  }
  const percent = ((now - before) / before) * 100;
  const shown = percent.toFixed(2);
  return { text: `${percent > 0 ? '+' : ''}${shown} %`, sign: Number(shown) === 0 ? 0 : Math.sign(percent) };
}

/**
 * Seconds for people: `0.8 s`, `3 min`, `2 h`, `4 d`.
 * @param {number} seconds
 */
export function age(seconds) {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}

/**
 * The time of a day in UTC; with the date, unless it is today.
 * @param {string} iso
 */
export function moment(iso, now = new Date()) {
  const text = clock(iso, true);
  return text.startsWith(now.toISOString().slice(0, 10)) ? text.slice(11) : text;
}

/**
 * As `moment`, to the millisecond.
 * @param {string} iso
 */
export function instant(iso, now = new Date()) {
  const fraction = /\.(\d{1,3})/.exec(iso)?.[1] ?? '';
  return `${moment(iso, now)}.${fraction.padEnd(3, '0')}`;
}

/**
 * `2025-07-08 05:43` or, with seconds, `2025-07-08 05:43:07`, in UTC.
 * @param {string} iso
 */
export function clock(iso, withSeconds = false) {
  return iso.slice(0, withSeconds ? 19 : 16).replace('T', ' ');
}
