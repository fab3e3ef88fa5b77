import { HistogramSeries } from '/lightweight-charts.mjs';
import { at, makeChart, onColors, shortFormat } from './chart.js';
import { clock, exact, moment, rounded } from './numbers.js';
import { element } from './elements.js';
import { ask } from './server.js';
import { showTable } from './tables.js';
import { word } from './words.js';

/** @import { Volume } from '../../src/local/dashboard/api.ts' */
/** @import { HistogramData, HistogramSeriesPartialOptions, Time, WhitespaceData } from 'lightweight-charts' */

/** @typedef {HistogramData | WhitespaceData} HistogramPoint */

/** Value bought and sold per minute, as bars up and down. */
export class VolumeChart {
  /**
   * By start of the minute, in seconds.
   * @type {Map<number, Volume>}
   */
  #volumes = new Map();

  /** @param {HTMLElement} place */
  constructor(place) {
    this.chart = makeChart(place);
    /** @type {HistogramSeriesPartialOptions} */
    const options = { priceFormat: shortFormat, lastValueVisible: false, priceLineVisible: false };
    this.bought = this.chart.addSeries(HistogramSeries, options);
    this.sold = this.chart.addSeries(HistogramSeries, options);
    this.chart.subscribeCrosshairMove(({ time }) => this.describe(time));
    onColors(() => {
      const colors = getComputedStyle(document.documentElement);
      this.bought.applyOptions({ color: colors.getPropertyValue('--up').trim() });
      this.sold.applyOptions({ color: colors.getPropertyValue('--down').trim() });
    });
  }

  /** @param {readonly Volume[]} volumes */
  show(volumes) {
    this.#volumes = new Map(volumes.map((one) => [Date.parse(one.start_window) / 1000, one]));
    const times = [...this.#volumes.keys()].sort((one, other) => one - other);
    const last = times.at(-1);
    const minutes = last === undefined ? [] : Array.from({ length: 60 }, (_, at) => last - (59 - at) * 60);
    /** @type {(name: 'bought_value' | 'sold_value', sign: 1 | -1) => HistogramPoint[]} */
    const value = (name, sign) =>
      minutes.map((time) => {
        const found = this.#volumes.get(time)?.[name];
        return found === undefined || found === null
          ? { time: at(time) }
          : { time: at(time), value: sign * Number(found) };
      });
    this.bought.setData(value('bought_value', 1));
    this.sold.setData(value('sold_value', -1));
    this.chart.timeScale().fitContent();
    element('no-volume').hidden = volumes.length > 0;
    this.describe(undefined);
  }

  /** @param {Time | undefined} time under the crosshair; the last minute when undefined */
  describe(time) {
    const volume = this.#volumes.get(Number(time ?? Math.max(...this.#volumes.keys())));
    const legend = element('volume-legend');
    if (volume === undefined) legend.textContent = '';
    else {
      const { start_window, bought_value, sold_value, trades } = volume;
      legend.textContent = word(
        'volumeOf',
        ...[clock(start_window), rounded(bought_value ?? 0, 2), rounded(sold_value ?? 0, 2), exact(trades)],
      );
    }
  }
}

/**
 * Trades that were shown before, by id.
 * @type {Set<string> | undefined}
 */
let known;

/** The last trades of all coins. */
export async function showTrades() {
  const { trades } = await ask('/api/trades', {});
  const before = known;
  known = new Set(trades.map((trade) => trade.transaction_id));
  showTable(
    element('trades'),
    [
      ...[word('time'), word('side'), word('coin'), `#${word('quantity')}`, `#${word('price')}`],
      ...[`#${word('value')}`, word('user'), word('source')],
    ],
    trades.map((trade) => [
      { text: moment(trade.transaction_timestamp), value: trade.transaction_timestamp },
      {
        text: sideOf(trade.trade_type),
        className: trade.trade_type === 'BUY' ? 'up' : 'down',
        value: trade.transaction_id,
      },
      trade.coin,
      { text: exact(trade.quantity), value: trade.quantity },
      { text: trade.price_crypto === null ? word('pending') : exact(trade.price_crypto), value: trade.price_crypto },
      { text: trade.value === null ? word('pending') : rounded(trade.value, 2), value: trade.value },
      trade.document_id,
      [trade.source, ...(isNoted(trade.price_state) ? [word('priceState', word(trade.price_state))] : [])].join(', '),
    ]),
    {
      empty: word('noTrades'),
      key: (at) => trades[at]?.transaction_id ?? '',
      fresh: (at) => before !== undefined && !before.has(trades[at]?.transaction_id ?? ''),
    },
  );
}

/**
 * Whether a trade's price is not the exact one of its minute.
 * @param {string} state
 * @returns {state is 'carried' | 'quoted' | 'provisional'}
 */
function isNoted(state) {
  return ['carried', 'quoted', 'provisional'].includes(state);
}

/** @param {string} type BUY or SELL */
function sideOf(type) {
  return type === 'BUY' ? `▲ ${word('buy')}` : `▼ ${word('sell')}`;
}

/** The positions with the greatest value. */
export async function showPositions() {
  const { positions } = await ask('/api/positions', {});
  showTable(
    element('positions'),
    [
      ...[word('user'), word('coin'), `#${word('holding')}`],
      ...[`#${word('value')}`, `#${word('unrealised')}`, `#${word('realised')}`],
    ],
    positions.map((position) => [
      position.document_id,
      position.coin,
      { text: exact(position.holding), value: position.holding },
      money(position.value),
      money(position.unrealised, true),
      money(position.realised, true),
    ]),
    { empty: word('noPositions') },
  );
}

/** @param {string | null} value */
function money(value, colored = false) {
  const sign = Math.sign(Number(value));
  const className = colored && sign !== 0 ? (sign > 0 ? 'up' : 'down') : '';
  return { text: rounded(value, 2), value, className };
}
