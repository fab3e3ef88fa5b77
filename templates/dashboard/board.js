/** @import { Bar, CoinMinutes, MinuteState, Price } from '../../src/local/dashboard/api.ts' */

/** @typedef {'coin' | 'price' | 'hour' | 'day' | 'state'} Column */

/**
 * @typedef {object} BoardRow
 * @property {string} coin
 * @property {number | undefined} price the last one
 * @property {string | undefined} start of its minute
 * @property {number | undefined} hour price an hour before
 * @property {number | undefined} day price a day before
 * @property {MinuteState} state of its newest minute
 * @property {readonly (number | null)[]} closes of the last hour, one a minute
 */

const minute = 60_000;

/**
 * What the overview shows of a coin. The index is ahead of silver, and only silver knows minutes without a bar: the newer of both counts.
 * @param {string} coin
 * @param {Price | undefined} price of the index
 * @param {CoinMinutes | undefined} minutes of silver
 * @returns {BoardRow}
 */
export function rowOf(coin, price, minutes) {
  const { hourAgo: hour, dayAgo: day, last: bar } = price ?? {};
  const closes = minutes?.closes ?? [];
  const [start, ended] = [bar?.start, minutes?.last].map((iso) => (iso === undefined ? -Infinity : Date.parse(iso)));
  const silver = { coin, hour, day, start: minutes?.last, state: minutes?.state ?? 'missing', closes };
  const last = closes.findLast((close) => close !== null);
  if (bar === undefined || Number(start) < Number(ended)) return { ...silver, price: bar?.close ?? last ?? undefined };
  const state = bar.provisional ? 'provisional' : bar.quoted ? 'quoted' : 'traded';
  return {
    ...silver,
    price: bar.close,
    start: bar.start,
    state,
    closes: follow(closes, Number(start) - Number(ended), bar),
  };
}

/**
 * Closes with a bar that came so many milliseconds after the last of them.
 * @param {readonly (number | null)[]} closes
 * @param {number} after
 * @param {Bar} bar
 */
function follow(closes, after, { close }) {
  const length = Math.max(closes.length, 1);
  const passed = Math.min(Math.round(after / minute), length);
  const between = Array.from({ length: Math.max(passed - 1, 0) }, () => null);
  return [...(passed === 0 ? closes.slice(0, -1) : closes), ...between, close].slice(-length);
}

/**
 * How much a price has changed, in parts of it; undefined where one is unknown.
 * @param {number | undefined} now
 * @param {number | undefined} before
 */
function rise(now, before) {
  return now === undefined || before === undefined || !(before > 0) ? undefined : now / before - 1;
}

/** What a column is sorted by. @type {Record<Column, (row: BoardRow) => string | number | undefined>} */
const keys = {
  coin: ({ coin }) => coin,
  price: ({ price }) => price,
  hour: ({ price, hour }) => rise(price, hour),
  day: ({ price, day }) => rise(price, day),
  state: ({ state }) => state,
};

/**
 * Rows in the order of a column; equal ones by their coin, and those without a value at the end.
 * @param {readonly BoardRow[]} rows
 * @param {Column} column
 * @param {boolean} descending
 */
export function sortRows(rows, column, descending) {
  const key = keys[column];
  return [...rows].sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a !== b) {
      if (a === undefined) return 1;
      if (b === undefined) return -1;
      return a < b === descending ? 1 : -1;
    }
    return one.coin < other.coin ? -1 : 1;
  });
}
