import { CandlestickSeries, HistogramSeries, TickMarkType, createChart } from '/lightweight-charts.mjs';
import { withGaps } from './gaps.js';
import { spoken } from './language.js';
import { aligned, clock, digitsOf, exact, short, tick } from './numbers.js';
import { word } from './words.js';

/** @import { Candle, Gap, Period } from '../../src/local/dashboard/api.ts' */
/** @import { CandlestickData, ChartOptions, DeepPartial, HistogramData, HistogramSeriesPartialOptions, PriceFormat, Time, UTCTimestamp, WhitespaceData } from 'lightweight-charts' */

/**
 * Of a period.
 * @type {Record<Period, number>}
 */
export const seconds = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '4h': 14_400, '1d': 86400 };

const dark = matchMedia('(prefers-color-scheme: dark)');
/** @param {string} name of a colour in the style sheet */
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * A time on the chart.
 * @param {number} seconds since 1970
 */
export function at(seconds) {
  return /** @type {UTCTimestamp} */ (seconds);
}

/** @param {number} seconds since 1970 */
export function isoOf(seconds) {
  return new Date(seconds * 1000).toISOString();
}

/** What begins at a mark of the axis. @type {Record<TickMarkType, Parameters<typeof tick>[1]>} */
const marks = {
  [TickMarkType.Year]: 'year',
  [TickMarkType.Month]: 'month',
  [TickMarkType.DayOfMonth]: 'day',
  [TickMarkType.Time]: 'minute',
  [TickMarkType.TimeWithSeconds]: 'second',
};

/** @type {PriceFormat} */
export const shortFormat = { type: 'custom', formatter: short, minMove: 0.01 };

/**
 * A chart in the page's colours, which follow the system's.
 * @param {HTMLElement} place
 */
export function makeChart(place) {
  /** @returns {DeepPartial<ChartOptions>} */
  const look = () => ({
    layout: { background: { color: color('card') }, textColor: color('quiet'), attributionLogo: false },
    grid: { vertLines: { color: color('line') }, horzLines: { color: color('line') } },
    localization: { locale: spoken.tag, timeFormatter: (/** @type {Time} */ time) => clock(isoOf(Number(time))) },
    timeScale: {
      ...{ timeVisible: true, secondsVisible: false, borderColor: color('line'), rightOffset: 3 },
      tickMarkFormatter: (/** @type {Time} */ time, /** @type {TickMarkType} */ mark) =>
        tick(Number(time), marks[mark]),
    },
    rightPriceScale: { borderColor: color('line') },
  });
  const chart = createChart(place, { autoSize: true, ...look() });
  dark.addEventListener('change', () => chart.applyOptions(look()));
  return chart;
}

/**
 * Calls now and whenever the colours change.
 * @param {() => void} act
 */
export function onColors(act) {
  dark.addEventListener('change', act);
  act();
}

/** Candles with volume, live; older ones come as the chart is moved. */
export class CandleChart {
  /**
   * By start, in seconds since 1970.
   * @type {Map<number, Candle>}
   */
  candles = new Map();
  /** Where their prices came from. @type {Set<string>} */
  sources = new Set();
  /** Starts of the candles, ascending. @type {number[]} */
  times = [];
  /** The same with the periods of gaps. @type {number[]} */
  #points = [];
  /** Why minutes have no bar: seconds since 1970, `to` exclusive. @type {{ from: number, to: number, reason: string }[]} */
  #gaps = [];
  /** @type {Period} */
  #period = '1m';
  /** Of the style sheet. */
  #colors = { up: '', down: '', quoted: '', carried: '', gap: '' };
  /** After the point, as many as the price with the most. */
  #digits = digitsOf([]);
  /** Start of the candle under the crosshair. @type {number | undefined} */
  #pointed;
  /** The server has no older candles. */
  #complete = false;
  #asking = false;
  #legend;
  #askOlder;

  /**
   * @param {HTMLElement} place
   * @param {HTMLElement} legend
   * @param {(before: string) => Promise<readonly Candle[]>} askOlder candles before a time
   */
  constructor(place, legend, askOlder) {
    this.#legend = legend;
    this.#askOlder = askOlder;
    this.chart = makeChart(place);
    this.bands = this.chart.addSeries(HistogramSeries, overlay('gap'));
    this.chart.priceScale('gap').applyOptions({ scaleMargins: { top: 0, bottom: 0 } });
    this.volume = this.chart.addSeries(HistogramSeries, { ...overlay('volume'), priceFormat: shortFormat });
    this.chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.8, bottom: 0 } });
    this.series = this.chart.addSeries(CandlestickSeries, { borderVisible: true });
    this.chart.subscribeCrosshairMove(({ time }) => {
      this.#pointed = time === undefined ? undefined : Number(time);
      this.#describe();
    });
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && range.from < 20) this.#older();
    });
    place.tabIndex = 0;
    place.addEventListener('keydown', (event) => this.#onKey(event));
    onColors(() => {
      const [up, down] = [color('up'), color('down')];
      this.#colors = { up, down, quoted: color('quoted'), carried: color('carried'), gap: color('gap') };
      this.#draw();
    });
  }

  /**
   * Shows the candles of another coin or period.
   * @param {Period} period
   * @param {readonly Candle[]} candles
   */
  show(period, candles) {
    this.#period = period;
    // Under the pointer is another candle now.
    this.#pointed = undefined;
    this.candles.clear();
    this.sources.clear();
    this.#digits = digitsOf([]);
    this.#complete = false;
    this.merge(candles, true);
    this.newest();
  }

  /**
   * Adds candles that are new or have changed. The newest ones are drawn alone: that is what comes with each message.
   * @param {readonly Candle[]} candles
   */
  merge(candles, always = false) {
    const newest = this.times.at(-1);
    const digits = Math.max(this.#digits, digitsOf(candles.flatMap(pricesOf)));
    const starts = candles.map(({ start }) => Date.parse(start) / 1000);
    const few = candles.length <= 10 && newest !== undefined && digits === this.#digits;
    const isKnown = (/** @type {number} */ time) => this.candles.has(time) || time > Number(newest);
    const alone = !always && few && starts.every(isKnown);
    this.#digits = digits;
    candles.forEach((candle, index) => {
      this.candles.set(Number(starts[index]), candle);
      for (const source of candle.source.split(',')) this.sources.add(source.trim());
    });
    if (alone) this.#update([...new Set(starts)].sort((one, other) => one - other));
    else if (candles.length > 0 || always) this.#draw();
  }

  /** @param {readonly Gap[]} gaps */
  explain(gaps) {
    /** @param {string} iso */
    const time = (iso) => Date.parse(iso) / 1000;
    this.#gaps = gaps.map(({ from, to, reason }) => ({ from: time(from), to: time(to), reason }));
    this.#describe();
  }

  newest() {
    const count = this.#points.length;
    const shown = innerWidth < 600 ? 60 : 150;
    this.chart.timeScale().setVisibleLogicalRange({ from: Math.max(count - shown, -2), to: count + 3 });
  }

  last() {
    const time = this.times.at(-1);
    return time === undefined ? undefined : this.candles.get(time);
  }

  #draw() {
    this.times = [...this.candles.keys()].sort((one, other) => one - other);
    this.#points = withGaps(this.times, seconds[this.#period]);
    const { up, down } = this.#colors;
    const seriesColors = {
      ...{ upColor: up, wickUpColor: up, borderUpColor: up },
      ...{ downColor: down, wickDownColor: down, borderDownColor: down },
    };
    this.series.applyOptions({ ...seriesColors, priceFormat: priceFormat(this.#digits) });
    this.series.setData(this.#points.map((time) => this.#candleAt(time)));
    this.volume.setData(this.#points.map((time) => this.#volumeAt(time)));
    this.bands.setData(this.#points.map((time) => this.#bandAt(time)));
    this.#describe();
  }

  /**
   * Draws candles that are there already, and those after them.
   * @param {readonly number[]} times ascending
   */
  #update(times) {
    const last = Number(this.#points.at(-1));
    const later = times.filter((time) => time > last);
    // Those of a gap would move out of sight: a chart follows one new point at a time.
    if (later.length > 1 || Number(later[0] ?? last) > last + seconds[this.#period]) return this.#draw();
    this.times.push(...later);
    this.#points.push(...later);
    for (const time of times) {
      const isOld = time < last;
      this.series.update(this.#candleAt(time), isOld);
      this.volume.update(this.#volumeAt(time), isOld);
      this.bands.update(this.#bandAt(time), isOld);
    }
    this.#describe();
  }

  /**
   * @param {number} time
   * @returns {CandlestickData | WhitespaceData}
   */
  #candleAt(time) {
    const candle = this.candles.get(time);
    if (candle === undefined) return { time: at(time) };
    const [open = 0, high = 0, low = 0, close = 0] = pricesOf(candle).map(Number);
    const { quoted, carried } = this.#colors;
    const shade = candle.quoted > 0 ? quoted : candle.carried > 0 ? carried : undefined;
    const muted =
      this.#period === '1m' && shade !== undefined ? { color: shade, borderColor: shade, wickColor: shade } : {};
    return { time: at(time), open, high, low, close, ...muted };
  }

  /**
   * @param {number} time
   * @returns {HistogramData | WhitespaceData}
   */
  #volumeAt(time) {
    const candle = this.candles.get(time);
    if (candle === undefined) return { time: at(time) };
    const rose = Number(candle.close) >= Number(candle.open);
    return { time: at(time), value: Number(candle.volume), color: `${rose ? this.#colors.up : this.#colors.down}66` };
  }

  /**
   * @param {number} time
   * @returns {HistogramData | WhitespaceData}
   */
  #bandAt(time) {
    const candle = this.candles.get(time);
    const isGap = candle === undefined || candle.missing > 0;
    return isGap ? { time: at(time), value: 1, color: this.#colors.gap } : { time: at(time) };
  }

  /** Writes the candle under the crosshair to the legend, else the last one. */
  #describe() {
    const time = this.#pointed ?? this.times.at(-1);
    const candle = time === undefined ? undefined : this.candles.get(time);
    this.#legend.dataset['start'] = candle?.start ?? '';
    if (time === undefined) this.#legend.textContent = '';
    else if (candle === undefined) {
      const reason = this.#gaps.find(({ from, to }) => time >= from && time < to)?.reason;
      const start = clock(isoOf(time));
      this.#legend.textContent = `${start}   ${word('noData')}${reason === undefined ? '' : `: ${reason}`}`;
    } else {
      const parts = [
        `O ${exact(candle.open)}`,
        `H ${exact(candle.high)}`,
        `L ${exact(candle.low)}`,
        `C ${exact(candle.close)}`,
      ];
      const isMinute = this.#period === '1m';
      const notes = [
        ...(candle.quoted > 0 ? [isMinute ? word('quotesOnly') : word('minutesQuoted', candle.quoted)] : []),
        ...(candle.carried > 0 ? [isMinute ? word('noTrade') : word('minutesCarried', candle.carried)] : []),
        ...(candle.missing > 0 ? [word('minutesMissing', candle.missing)] : []),
      ];
      this.#legend.textContent = [
        clock(candle.start),
        ...parts,
        `V ${exact(candle.volume)}`,
        candle.source,
        ...notes,
      ].join('   ');
    }
  }

  async #older() {
    const first = this.times[0];
    if (first === undefined || this.#complete || this.#asking) return;
    this.#asking = true;
    const { candles } = this;
    try {
      const found = await this.#askOlder(isoOf(first));
      // Another coin may be shown by now.
      if (this.times[0] !== first || candles !== this.candles) return;
      this.#complete = found.length === 0;
      this.merge(found);
    } catch {
      // The next move of the chart tries again.
    } finally {
      this.#asking = false;
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const width = range.to - range.from;
    /** @type {(from: number, to: number) => void} by parts of the visible range */
    const move = (from, to) =>
      scale.setVisibleLogicalRange({ from: range.from + from * width, to: range.to + to * width });
    if (event.key === 'ArrowLeft') move(-0.1, -0.1);
    else if (event.key === 'ArrowRight') move(0.1, 0.1);
    else if (event.key === '+') move(0.2, 0);
    else if (event.key === '-') move(-0.25, 0);
    else if (event.key === 'End') this.newest();
    else return;
    event.preventDefault();
  }
}

/**
 * @param {string} priceScaleId
 * @returns {HistogramSeriesPartialOptions}
 */
function overlay(priceScaleId) {
  return { priceScaleId, lastValueVisible: false, priceLineVisible: false };
}

/** @param {Candle} candle */
function pricesOf({ open, high, low, close }) {
  return [open, high, low, close];
}

/**
 * As many digits as the prices need, so that the axis shows what the tables hold: a round close has fewer than its neighbours.
 * @param {number} digits
 * @returns {PriceFormat}
 */
function priceFormat(digits) {
  const formatter = (/** @type {number} */ price) => aligned(price.toFixed(digits), digits);
  return { type: 'custom', formatter, minMove: 10 ** -digits };
}
