import { CandlestickSeries, HistogramSeries, createChart } from '/lightweight-charts.mjs';
import { withGaps } from './gaps.js';
import { clock, exact } from './numbers.js';

export const seconds = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '1d': 86400 };

const dark = matchMedia('(prefers-color-scheme: dark)');
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** A chart in the page's colours, which follow the system's. */
export function makeChart(place, options = {}) {
  const look = () => ({
    layout: { background: { color: color('card') }, textColor: color('quiet'), attributionLogo: false },
    grid: { vertLines: { color: color('line') }, horzLines: { color: color('line') } },
    timeScale: { timeVisible: true, secondsVisible: false, borderColor: color('line'), rightOffset: 3 },
    rightPriceScale: { borderColor: color('line') },
  });
  const chart = createChart(place, { autoSize: true, ...options, ...look() });
  dark.addEventListener('change', () => chart.applyOptions(look()));
  return chart;
}

export function onColors(act) {
  dark.addEventListener('change', act);
  act();
}

/** Candles with volume, live; older ones come as the chart is moved. */
export class CandleChart {
  /** @param askOlder asks for candles before a time, and resolves to them */
  constructor(place, legend, askOlder) {
    this.legend = legend;
    this.askOlder = askOlder;
    this.candles = new Map();
    /** why minutes have no bar: seconds since 1970, `to` exclusive */
    this.gaps = [];
    this.period = '1m';
    this.chart = makeChart(place);
    this.bands = this.chart.addSeries(HistogramSeries, overlay('gap'));
    this.chart.priceScale('gap').applyOptions({ scaleMargins: { top: 0, bottom: 0 } });
    this.volume = this.chart.addSeries(HistogramSeries, { ...overlay('volume'), priceFormat: { type: 'volume' } });
    this.chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.8, bottom: 0 } });
    this.series = this.chart.addSeries(CandlestickSeries, { borderVisible: true });
    this.chart.subscribeCrosshairMove(({ time }) => {
      this.pointed = time;
      this.describe();
    });
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && range.from < 20) this.older();
    });
    place.tabIndex = 0;
    place.addEventListener('keydown', (event) => this.onKey(event));
    onColors(() => this.draw());
  }

  /** Replaces all candles, for another coin or period. */
  show(period, candles) {
    this.period = period;
    // The candle under the pointer is another one now.
    this.pointed = undefined;
    this.candles.clear();
    this.complete = false;
    this.merge(candles, true);
    this.newest();
  }

  /** Candles that are new or have changed. */
  merge(candles, always = false) {
    for (const candle of candles) this.candles.set(Date.parse(candle.start) / 1000, candle);
    if (candles.length > 0 || always) this.draw();
  }

  explain(gaps) {
    const at = (iso) => Date.parse(iso) / 1000;
    this.gaps = gaps.map(({ from, to, reason }) => ({ from: at(from), to: at(to), reason }));
    this.describe();
  }

  newest() {
    const count = this.points?.length ?? 0;
    const shown = innerWidth < 600 ? 60 : 150;
    this.chart.timeScale().setVisibleLogicalRange({ from: Math.max(count - shown, -2), to: count + 3 });
  }

  last() {
    return this.candles.get(this.times?.at(-1));
  }

  draw() {
    this.times = [...this.candles.keys()].sort((one, other) => one - other);
    this.points = withGaps(this.times, seconds[this.period]);
    const { up, down, carried, gap } = {
      up: color('up'),
      down: color('down'),
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
    this.series.applyOptions({ ...seriesColors, priceFormat: priceFormat(this.last()) });
    const of = (time) => this.candles.get(time);
    this.series.setData(
      this.points.map((time) => {
        const candle = of(time);
        if (candle === undefined) return { time };
        const [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(Number);
        const quiet = this.period === '1m' && candle.carried > 0;
        const muted = quiet ? { color: carried, borderColor: carried, wickColor: carried } : {};
        return { time, open, high, low, close, ...muted };
      }),
    );
    this.volume.setData(
      this.points.map((time) => {
        const candle = of(time);
        if (candle === undefined) return { time };
        const rose = Number(candle.close) >= Number(candle.open);
        return { time, value: Number(candle.volume), color: `${rose ? up : down}66` };
      }),
    );
    this.bands.setData(
      this.points.map((time) => {
        const candle = of(time);
        return candle === undefined || candle.missing > 0 ? { time, value: 1, color: gap } : { time };
      }),
    );
    this.describe();
  }

  /** The candle under the crosshair, else the last one. */
  describe() {
    const at = this.pointed ?? this.times?.at(-1);
    const candle = this.candles.get(at);
    this.legend.dataset.start = candle?.start ?? '';
    if (at === undefined) this.legend.textContent = '';
    else if (candle === undefined) {
      const reason = this.gaps.find(({ from, to }) => at >= from && at < to)?.reason;
      const start = clock(new Date(at * 1000).toISOString());
      this.legend.textContent = `${start}   nobody knows this minute${reason === undefined ? '' : `: ${reason}`}`;
    } else {
      const parts = [
        `O ${exact(candle.open)}`,
        `H ${exact(candle.high)}`,
        `L ${exact(candle.low)}`,
        `C ${exact(candle.close)}`,
      ];
      const notes = [
        ...(candle.carried > 0 ? [this.period === '1m' ? 'no trade' : `${candle.carried} min without a trade`] : []),
        ...(candle.missing > 0 ? [`${candle.missing} min missing`] : []),
      ];
      this.legend.textContent = [
        clock(candle.start),
        ...parts,
        `V ${exact(candle.volume)}`,
        candle.source,
        ...notes,
      ].join('   ');
    }
  }

  async older() {
    const first = this.times?.[0];
    if (first === undefined || this.complete || this.asking) return;
    this.asking = true;
    const { candles } = this;
    try {
      const found = await this.askOlder(new Date(first * 1000).toISOString());
      // Another coin may be shown by now.
      if (this.times?.[0] !== first || candles !== this.candles) return;
      this.complete = found.length === 0;
      this.merge(found);
    } catch {
      // The next move asks again.
    } finally {
      this.asking = false;
    }
  }

  onKey(event) {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const width = range.to - range.from;
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

function overlay(priceScaleId) {
  return { priceScaleId, lastValueVisible: false, priceLineVisible: false };
}

/** As many digits as the last price has, so that the axis shows what the tables hold. */
function priceFormat(candle) {
  const digits = Math.min(8, Math.max(2, (exact(candle?.close ?? '').split('.')[1] ?? '').length));
  return { type: 'price', precision: digits, minMove: 10 ** -digits };
}
