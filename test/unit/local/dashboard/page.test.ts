import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const folder = resolve('templates/dashboard');

/** The page's modules are plain JavaScript for the browser; those that touch no document run here as well. */
const load = async <T>(name: string) => (await import(resolve(folder, name))) as T;

describe('the page of the dashboard', () => {
  it('writes decimals without loss, and shortens nothing but zeros', async () => {
    const { exact, rounded } = await load<{
      exact: (value: unknown) => string;
      rounded: (value: unknown, digits: number) => string;
    }>('numbers.js');
    assert.deepEqual(
      ['19000.250000000000', '1234567.000000000001', '-1000', '100', '0.000000000000', 1e-7, null].map(exact),
      ['19,000.25', '1,234,567.000000000001', '-1,000', '100', '0', '0.0000001', ''],
    );
    assert.deepEqual([rounded('-1234.567', 2), rounded(null, 2)], ['-1,234.57', '']);
  });

  it('gives the axis as many digits as the prices need, not those of one round close', async () => {
    const { digitsOf } = await load<{ digitsOf: (prices: string[]) => number }>('numbers.js');
    for (const [digits, ...prices] of [
      [4, '1.0002', '1.000400000000', '0.9996', '1'],
      [12, '4.2335e-08', '0.000000042535', '0.000000042135', '4.25e-8'],
      [2, '91000', '91000.250000000000', '91100'],
      [4, '0.0701', '0.07', '0.0719'],
      [9, '0.000000001', '0.000000002'],
      [12, '0.000000000010', '0.000000001000', '0.000000000013'],
      [2, '100', '101'],
      [2],
    ] as const) {
      assert.equal(digitsOf([...prices]), digits, prices.join(' '));
    }
  });

  it('lines prices up without rounding them, and says when to the millisecond', async () => {
    const { aligned, instant } = await load<{
      aligned: (text: string, digits: number) => string;
      instant: (iso: string, now: Date) => string;
    }>('numbers.js');
    assert.deepEqual(
      ['91000.250000000000', '91000', '1234567.1234'].map((price) => aligned(price, 2)),
      ['91,000.25', '91,000.00', '1,234,567.1234'],
    );
    const now = new Date('2026-12-01T12:00:00Z');
    assert.equal(instant('2026-12-01T05:43:07.123999Z', now), '05:43:07.123');
    assert.equal(instant('2026-11-30T05:43:07Z', now), '2026-11-30 05:43:07.000');
  });

  it('tells changes, ages and times', async () => {
    const { age, change, moment } = await load<{
      age: (seconds: number) => string;
      change: (now: number, before: number | undefined) => { text: string; sign: number };
      moment: (iso: string, now: Date) => string;
    }>('numbers.js');
    assert.deepEqual(change(101, 100), { text: '+1.00 %', sign: 1 });
    assert.deepEqual(change(99, 100), { text: '-1.00 %', sign: -1 });
    assert.deepEqual(change(100, undefined), { text: '–', sign: 0 });
    assert.deepEqual([-1, 2.34, 100, 300, 10_000, 200_000].map(age), [
      '0.0 s',
      '2.3 s',
      '100 s',
      '5 min',
      '3 h',
      '2 d',
    ]);
    const now = new Date('2025-07-08T12:00:00Z');
    assert.equal(moment('2025-07-08T05:43:07.123Z', now), '05:43:07');
    assert.equal(moment('2025-07-07T05:43:07Z', now), '2025-07-07 05:43:07');
  });

  it('writes numbers, times and labels of an axis in the language of the browser, else in English', async () => {
    const { speak, spoken } = await load<{ speak: (wanted: string[]) => void; spoken: { tag: string } }>('language.js');
    const { change, clock, exact, tick } = await load<{
      change: (now: number, before: number) => { text: string };
      clock: (iso: string) => string;
      exact: (value: string) => string;
      tick: (seconds: number, mark: string) => string;
    }>('numbers.js');
    const day = Date.UTC(2026, 11, 5, 4) / 1000;
    const all = () => [
      ...[spoken.tag, exact('-1234567.2500'), change(101, 100).text, clock('2026-12-05T04:00:00Z')],
      ...['minute', 'day', 'month', 'year'].map((mark) => tick(day, mark)),
    ];
    try {
      speak(['de-DE', 'pt-PT', 'en']);
      assert.deepEqual(all(), [
        ...['pt-BR', '-1.234.567,25', '+1,00 %', '05/12/2026 04:00'],
        ...['04:00', '5 de dez.', 'dez. de 2026', '2026'],
      ]);
    } finally {
      speak(['de-DE']);
    }
    assert.deepEqual(all(), [
      ...['en', '-1,234,567.25', '+1.00 %', '2026-12-05 04:00'],
      ...['04:00', 'Dec 5', 'Dec 2026', '2026'],
    ]);
  });

  it('shows of a coin the newer of its bar and its minute, and moves the line with the bar', async () => {
    const { rowOf } = await load<{
      rowOf: (coin: string, price: unknown, minutes: unknown) => { price: number; state: string; closes: unknown[] };
    }>('board.js');
    const bar = (start: string, more = {}) => ({
      last: { start, close: 9, quoted: false, provisional: false, ...more },
    });
    const minutes = { last: '2026-12-05T04:01:00Z', state: 'carried', closes: [null, 5, 6] };
    const shown = (price: unknown, of: unknown = minutes) => {
      const { price: last, state, closes } = rowOf('BTC/USD', price, of ?? undefined);
      return [last, state, closes];
    };
    assert.deepEqual(shown(undefined), [6, 'carried', [null, 5, 6]], 'the index is down');
    assert.deepEqual(shown(bar('2026-12-05T04:00:00Z')), [9, 'carried', [null, 5, 6]]);
    assert.deepEqual(shown(bar('2026-12-05T04:01:00Z')), [9, 'traded', [null, 5, 9]]);
    assert.deepEqual(shown(bar('2026-12-05T04:02:00Z', { quoted: true })), [9, 'quoted', [5, 6, 9]]);
    assert.deepEqual(shown(bar('2026-12-05T04:03:00Z', { provisional: true })), [9, 'provisional', [6, null, 9]]);
    assert.deepEqual(shown(bar('2026-12-05T04:01:00Z'), null), [9, 'traded', [9]]);
    assert.deepEqual(shown(undefined, null), [undefined, 'missing', []]);
  });

  it('sorts coins by any column; those without a value are at the end either way', async () => {
    const { sortRows } = await load<{
      sortRows: (rows: unknown[], column: string, descending: boolean) => { coin: string }[];
    }>('board.js');
    const rows = [
      { coin: 'B', price: 2, hour: 1, state: 'traded' },
      { coin: 'A', price: 10, hour: undefined, state: 'traded' },
      { coin: 'C', price: 1, hour: 2, state: 'carried' },
    ];
    const order = (column: string, descending: boolean) =>
      sortRows(rows, column, descending)
        .map(({ coin }) => coin)
        .join('');
    assert.deepEqual([order('coin', false), order('coin', true)], ['ABC', 'CBA']);
    assert.deepEqual([order('price', false), order('price', true)], ['CBA', 'ABC']);
    assert.deepEqual([order('hour', false), order('hour', true)], ['CBA', 'BCA']);
    assert.deepEqual([order('state', false), order('state', true)], ['CAB', 'ABC']);
  });

  it('draws lines as wide as their picture, from the first known value on', async () => {
    const { pointsOf } = await load<{ pointsOf: (values: (number | null)[], floor?: number) => string }>('spark.js');
    assert.equal(pointsOf([null, 10, null, 20]), '0,19 100,1');
    assert.equal(pointsOf([10, 20], 0), '0,10 100,1');
    assert.equal(pointsOf([null, 5]), '');
    assert.equal(pointsOf([5, 5]), '0,10 100,10');
    assert.equal(pointsOf([0, 0], 0), '0,19 100,19');
    assert.equal(pointsOf([null, null]), '');
  });

  it('leaves room for the periods of a gap, and cuts a long one', async () => {
    const { withGaps } = await load<{ withGaps: (times: number[], step: number) => number[] }>('gaps.js');
    assert.deepEqual(withGaps([0, 60, 240, 300], 60), [0, 60, 120, 180, 240, 300]);
    assert.deepEqual(withGaps([], 60), []);
    const year = withGaps([0, 31_536_000], 60);
    assert.ok(year.length > 10 && year.length < 100, String(year.length));
    assert.deepEqual([year[0], year.at(-1)], [0, 31_536_000]);
  });

  it('asks nobody outside: no file of it names another host, except the notice of the chart library', () => {
    for (const name of readdirSync(folder)) {
      const text = readFileSync(resolve(folder, name), 'utf8');
      const hosts = [...text.matchAll(/(?:https?:)?\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi)].map((match) => match[1]);
      assert.deepEqual(
        hosts.filter((host) => !['www.w3.org', 'www.tradingview.com'].includes(host ?? '')),
        [],
        name,
      );
    }
  });
});
