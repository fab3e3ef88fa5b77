import { spoken } from './language.js';

/**
 * A decimal as the tables have it, without zeros at its end: `19000.250000000000` is `19000.25`. Nothing is rounded.
 * @param {string} text
 */
export function trim(text) {
  const plain = /e/i.test(text) ? Number(text).toFixed(12) : text;
  return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
}

/**
 * As the page's language writes it: `1,234.5` or `1.234,5`.
 * @param {string} text
 */
export function group(text) {
  const [, sign = '', whole = text, rest = ''] = /^(-?)(\d+)(.*)$/.exec(text) ?? [];
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, spoken.thousands)}${rest.replace('.', spoken.decimal)}`;
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
  const sign = Number(percent.toFixed(2)) === 0 ? 0 : Math.sign(percent);
  return { text: `${percent > 0 ? '+' : ''}${rounded(percent, 2)} %`, sign };
}

/**
 * Seconds for people: `0.8 s`, `3 min`, `2 h`, `4 d`.
 * @param {number} seconds
 */
export function age(seconds) {
  if (seconds < 10) return `${rounded(Math.max(0, seconds), 1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}

/**
 * The time of a day in UTC; with the date, unless it is today.
 * @param {string} iso
 */
export function moment(iso, now = new Date()) {
  return iso.startsWith(now.toISOString().slice(0, 10)) ? iso.slice(11, 19) : clock(iso, true);
}

/**
 * As `moment`, to the millisecond.
 * @param {string} iso
 */
export function instant(iso, now = new Date()) {
  const fraction = /\.(\d{1,3})/.exec(iso)?.[1] ?? '';
  return `${moment(iso, now)}${spoken.decimal}${fraction.padEnd(3, '0')}`;
}

/**
 * `2025-07-08 05:43`, in Portuguese `08/07/2025 05:43`; or with seconds. In UTC.
 * @param {string} iso
 */
export function clock(iso, withSeconds = false) {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)/.exec(iso) ?? [];
  const date = spoken.language === 'pt' ? `${day}/${month}/${year}` : `${year}-${month}-${day}`;
  return `${date} ${iso.slice(11, withSeconds ? 19 : 16)}`;
}

/**
 * The label of a time on an axis, in UTC.
 * @param {number} seconds since 1970
 * @param {'year' | 'month' | 'day' | 'minute' | 'second'} mark what begins there
 */
export function tick(seconds, mark) {
  const time = new Date(seconds * 1000);
  if (mark === 'minute' || mark === 'second') return time.toISOString().slice(11, mark === 'minute' ? 16 : 19);
  /** @type {Intl.DateTimeFormatOptions} */
  const parts =
    mark === 'year'
      ? { year: 'numeric' }
      : mark === 'month'
        ? { month: 'short', year: 'numeric' }
        : { day: 'numeric', month: 'short' };
  return formatOf(mark, parts).format(time);
}

/** They are costly to make. @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} mark
 * @param {Intl.DateTimeFormatOptions} parts
 */
function formatOf(mark, parts) {
  const key = `${spoken.tag} ${mark}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(spoken.tag, { ...parts, timeZone: 'UTC' });
  formats.set(key, format);
  return format;
}

/**
 * A large number in short, such as `1.2M`.
 * @param {number} value
 */
export function short(value) {
  return new Intl.NumberFormat(spoken.tag, { notation: 'compact', maximumFractionDigits: 2 }).format(value);
}
