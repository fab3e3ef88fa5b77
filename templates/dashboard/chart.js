import { CandlestickSeries, HistogramSeries, createChart } from '/lightweight-charts.mjs';
import { withGaps } from './gaps.js';
import { clock, digitsOf, exact } from './numbers.js';

/** @import { Candle, Gap, Period } from '../../src/local/dashboard/api.ts' */
/** @import { ChartOptions, DeepPartial, HistogramSeriesPartialOptions, PriceFormat, UTCTimestamp } from 'lightweight-charts' */

/**
 * Of a period.
 * @type {Record<Period, number>}
 */
export const seconds = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '1d': 86400 };

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

/**
 * A chart in the page's colours, which follow the system's.
 * @param {HTMLElement} place
 */
export function makeChart(place) {
  /** @returns {DeepPartial<ChartOptions>} */
  const look = () => ({
    layout: { background: { color: color('card') }, textColor: color('quiet'), attributionLogo: false },
    grid: { vertLines: { color: color('line') }, horzLines: { color: color('line') } },
    timeScale: { timeVisible: true, secondsVisible: false, borderColor: color('line'), rightOffset: 3 },
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
  /** Starts of the candles, ascending. @type {number[]} */
  times = [];
  /** The same with the periods of gaps. @type {number[]} */
  #points = [];
  /** Why minutes have no bar: seconds since 1970, `to` exclusive. @type {{ from: number, to: number, reason: string }[]} */
  #gaps = [];
  /** @type {Period} */
  #period = '1m';
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
    this.volume = this.chart.addSeries(HistogramSeries, { ...overlay('volume'), priceFormat: { type: 'volume' } });
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
    onColors(() => this.#draw());
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
    this.#digits = digitsOf([]);
    this.#complete = false;
    this.merge(candles, true);
    this.newest();
  }

  /**
   * Adds candles that are new or have changed.
   * @param {readonly Candle[]} candles
   */
  merge(candles, always = false) {
    for (const candle of candles) this.candles.set(Date.parse(candle.start) / 1000, candle);
    this.#digits = Math.max(this.#digits, digitsOf(candles.flatMap(pricesOf)));
    if (candles.length > 0 || always) this.#draw();
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
    const { up, down, quoted, carried, gap } = {
      up: color('up'),
      down: color('down'),
      quoted: color('quoted'),
      carried: color('carried'),
      gap: color('gap'),
    };
    const seriesColors = {
      upColor: up,
      wickUpColor: up,
      borderUpColor: up,
      downColor: down,
      wickDownColor: down,
      borderDownColor: down,
    };
    this.series.applyOptions({ ...seriesColors, priceFormat: priceFormat(this.#digits) });
    /** @param {number} time */
    const of = (time) => this.candles.get(time);
    this.series.setData(
      this.#points.map((time) => {
        const candle = of(time);
        if (candle === undefined) return { time: at(time) };
        const [open, high, low, close] = pricesOf(candle).map(Number);
        const shade = candle.quoted > 0 ? quoted : candle.carried > 0 ? carried : undefined;
        const muted =
          this.#period === '1m' && shade !== undefined ? { color: shade, borderColor: shade, wickColor: shade } : {};
        return { time: at(time), open, high, low, close, ...muted };
      }),
    );
    this.volume.setData(
      this.#points.map((time) => {
        const candle = of(time);
        if (candle === undefined) return { time: at(time) };
        const rose = Number(candle.close) >= Number(candle.open);
        return { time: at(time), value: Number(candle.volume), color: `${rose ? up : down}66` };
      }),
    );
    this.bands.setData(
      this.#points.map((time) => {
        const candle = of(time);
        return candle === undefined || candle.missing > 0
          ? { time: at(time), value: 1, color: gap }
          : { time: at(time) };
      }),
    );
    this.#describe();
  }

  /** Writes the candle under the crosshair to the legend, else the last one. */
  #describe() {
    const time = this.#pointed ?? this.times.at(-1);
    const candle = time === undefined ? undefined : this.candles.get(time);
    this.#legend.dataset['start'] = candle?.start ?? '';
    if (time === undefined) this.#legend.textContent = '';
    else if (candle === undefined) {
      const reason = this.#gaps.find(({ from, to }) => time >= from && time < to)?.reason;
      const start = clock(new Date(time * 1000).toISOString());
      this.#legend.textContent = `${start}   no data for this minute${reason === undefined ? '' : `: ${reason}`}`;
    } else {
      const parts = [
        `O ${exact(candle.open)}`,
        `H ${exact(candle.high)}`,
        `L ${exact(candle.low)}`,
        `C ${exact(candle.close)}`,
      ];
      const isMinute = this.#period === '1m';
      const notes = [
        ...(candle.quoted > 0 ? [isMinute ? 'quotes only, no trade' : `${candle.quoted} min of quotes only`] : []),
        ...(candle.carried > 0 ? [isMinute ? 'no trade' : `${candle.carried} min without a trade`] : []),
        ...(candle.missing > 0 ? [`${candle.missing} min missing`] : []),
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
      const found = await this.#askOlder(new Date(first * 1000).toISOString());
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
  return { type: 'custom', formatter: (/** @type {number} */ price) => price.toFixed(digits), minMove: 10 ** -digits };
}
