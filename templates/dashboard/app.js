import './start.js';
import { CandleChart, isoOf, seconds } from './chart.js';
import { Health } from './health.js';
import { Live, calmly } from './live.js';
import { VolumeChart, showPositions, showTrades } from './market.js';
import { change, exact } from './numbers.js';
import { Overview } from './overview.js';
import { openSqlBox } from './sql.js';
import { MarketTape } from './tape.js';
import { element, elementOf } from './elements.js';
import { ask } from './server.js';
import { word } from './words.js';

/** @import { Bar, Candle, LakeDescription, Period } from '../../src/local/dashboard/api.ts' */

const periods = /** @type {Period[]} */ (Object.keys(seconds));

/**
 * Labels of prices that are not real ones of today.
 * @type {Record<string, string>}
 */
const sources = {
  simulate: word('simulated'),
  replay: word('replayed'),
  unknown: word('unknownSource'),
};

/** @type {{ coin: string, period: Period, coins: LakeDescription['coins'] }} */
const state = { coin: '', period: '1m', coins: [] };
const overview = new Overview(element('coins'), (coin) => choose({ coin }));
const health = new Health();
const volumes = new VolumeChart(element('volume-chart'));
const tape = new MarketTape();
const chart = new CandleChart(
  element('chart'),
  element('legend'),
  async (before) => (await askCandles(1000, before)).candles,
);

/**
 * @param {number} limit
 * @param {string} [before]
 */
function askCandles(limit, before) {
  return ask('/api/candles', { coin: state.coin, period: state.period, limit, before });
}

/** Candles, volume and price of the chosen coin, from the start. */
async function showCoin() {
  const { coin, period } = state;
  if (coin === '') return;
  element('coin-pair').textContent = coin;
  showCoinFace();
  overview.choose(coin);
  coins.value = coin;
  showPrice();
  tape.choose(coin);
  const [{ candles }] = await Promise.all([askCandles(1000), showVolume()]);
  if (coin !== state.coin || period !== state.period) return;
  chart.explain([]);
  chart.show(period, candles);
  afterCandles();
  refreshGaps();
}

function afterCandles() {
  element('no-candles').hidden = chart.candles.size > 0;
  const label = Object.keys(sources)
    .filter((source) => chart.sources.has(source))
    .map((source) => sources[source])
    .join(', ');
  element('source').hidden = label === '';
  element('source').className = 'badge warn';
  element('source').textContent = label;
}

async function showVolume() {
  const { coin } = state;
  if (coin === '') return;
  const { volumes: found } = await ask('/api/volumes', { coin });
  if (coin === state.coin) volumes.show(found);
}

/** Logo and name of the chosen coin; a letter replaces a missing logo. */
function showCoinFace() {
  const [base] = state.coin.split('/');
  const known = state.coins.find(({ pair }) => pair === state.coin);
  element('coin-name').textContent = known?.name ?? '';
  const logo = element('logo');
  if (known?.icon) {
    const picture = new Image();
    picture.alt = '';
    picture.src = known.icon;
    logo.replaceChildren(picture);
  } else logo.textContent = base?.slice(0, 1) ?? '';
}

function showPrice() {
  const { price, start, hour, day } = overview.rowOf(state.coin);
  const shown = element('price');
  shown.textContent = price === undefined ? '–' : exact(price);
  shown.dataset['start'] = start ?? '';
  const changes = { 'change-hour': hour, 'change-day': day };
  for (const [id, before] of Object.entries(changes)) {
    const { text, sign } = change(price, before);
    element(id).textContent = text;
    element(id).className = sign > 0 ? 'up' : sign < 0 ? 'down' : '';
  }
  const name = element('name').textContent ?? '';
  document.title = price === undefined ? name : `${exact(price)} ${state.coin} · ${name}`;
}

async function askPrices() {
  const { prices } = await ask('/api/prices', {});
  overview.setPrices(prices);
  showPrice();
}

async function askMinutes() {
  const { minutes } = await ask('/api/minutes', {});
  overview.setMinutes(minutes);
  showPrice();
}

/** Fetches what the lake has and fills the selector of coins; the chosen coin stays. */
async function askLake() {
  const lake = await ask('/api/lake', {});
  state.coins = lake.coins;
  const chosen = new URLSearchParams(location.hash.slice(1)).get('coin');
  const known = lake.coins.map(({ pair }) => pair);
  if (!known.includes(state.coin)) state.coin = chosen !== null && known.includes(chosen) ? chosen : (known[0] ?? '');
  element('coin').replaceChildren(
    ...lake.coins.map(
      ({ pair, name }) => new Option(name ? `${pair} ${name}` : pair, pair, false, pair === state.coin),
    ),
  );
  overview.list(known);
  return lake;
}

const refreshCandles = calmly(async () => {
  const { coin, period } = state;
  if (coin === '') return;
  const { candles } = await askCandles(5);
  if (coin !== state.coin || period !== state.period) return;
  chart.merge(candles);
  afterCandles();
}, 1000);

const refreshGaps = calmly(async () => {
  const { coin } = state;
  const [from, to] = [chart.times[0], chart.times.at(-1)];
  if (from === undefined || to === undefined || from === to) return;
  const { gaps } = await ask('/api/gaps', { coin, from: isoOf(from), to: isoOf(to) });
  if (coin === state.coin) chart.explain(gaps);
}, 10_000);
const refreshLayers = calmly(() => {
  refreshGaps();
  return Promise.all([refreshCandles(), showVolume(), showTrades(), showPositions()]);
}, 2000);
const refreshPrices = calmly(askPrices, 5000);
const refreshMinutes = calmly(askMinutes, 15_000);
const refreshCoins = calmly(() => Promise.all([askLake(), askPrices()]), 2000);
const refreshAll = calmly(async () => {
  await askLake();
  const first = ask('/api/health', {}).then((found) => health.start(found));
  refreshMinutes();
  await Promise.allSettled([showCoin(), askPrices(), first, showTrades(), showPositions()]);
}, 500);

/** @param {{ bars: Bar[] }} event */
function onBars({ bars }) {
  if (!overview.follow(bars)) {
    if (chart.candles.size === 0) refreshAll();
    else refreshCoins();
  }
  refreshPrices();
  const own = bars.filter((bar) => bar.coin === state.coin);
  if (own.length === 0) return;
  showPrice();
  if (state.period === '1m') {
    chart.merge(own.map(toCandle));
    afterCandles();
  } else moveLast(own);
}

/**
 * The open candle of a longer period follows the bars. Its volume comes with the next one from the tables.
 * @param {readonly Bar[]} bars
 */
function moveLast(bars) {
  const last = chart.last();
  if (last === undefined) return;
  const end = Date.parse(last.start) + seconds[state.period] * 1000;
  const within = bars.filter((bar) => bar.start >= last.start && Date.parse(bar.start) < end);
  if (within.length === 0) return;
  const high = Math.max(Number(last.high), ...within.map((bar) => bar.high));
  const low = Math.min(Number(last.low), ...within.map((bar) => bar.low));
  const newest = within.reduce((one, other) => (other.start > one.start ? other : one));
  chart.merge([{ ...last, high: String(high), low: String(low), close: String(newest.close) }]);
}

/**
 * @param {Bar} bar
 * @returns {Candle}
 */
function toCandle({ start, open, high, low, close, volume, trades, quoted, source }) {
  const prices = { open: String(open), high: String(high), low: String(low), close: String(close) };
  const minutes = { quoted: Number(quoted), carried: 0, missing: 0 };
  return { start, ...prices, volume: String(volume), trades, ...minutes, source };
}

/** @param {{ coin?: string, period?: Period }} change */
function choose(change) {
  Object.assign(state, change);
  history.replaceState(null, '', `#${new URLSearchParams({ coin: state.coin, period: state.period })}`);
  for (const button of element('periods').children) {
    button.setAttribute('aria-pressed', String(button.textContent === state.period));
  }
  showCoin().catch(() => undefined);
}

/** @param {'live' | 'broken'} found */
function showConnection(found) {
  const badge = element('connection');
  badge.hidden = found === 'live';
  badge.className = 'badge warn';
  badge.textContent = found === 'live' ? '' : word('connectingAgain');
  document.documentElement.dataset['connection'] = found;
  if (found === 'live') refreshAll();
}

const given = new URLSearchParams(location.hash.slice(1)).get('period');
state.period = periods.find((period) => period === given) ?? state.period;
element('periods').append(
  ...periods.map((period) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = period;
    button.setAttribute('aria-pressed', String(period === state.period));
    button.addEventListener('click', () => choose({ period }));
    return button;
  }),
);
const coins = elementOf('coin', HTMLSelectElement);
coins.addEventListener('change', () => choose({ coin: coins.value }));
element('newest').addEventListener('click', () => chart.newest());
new Live(
  {
    bars: onBars,
    layers: ({ candlesOnly }) => {
      refreshMinutes();
      // The index may not have answered before.
      if (overview.priced < state.coins.length) refreshPrices();
      if (candlesOnly) refreshCandles();
      else refreshLayers();
    },
    tape: ({ coins: changed }) => tape.refresh(changed),
    health: (found) => health.show(found),
    icon: () => askLake().then(showCoinFace, () => undefined),
  },
  showConnection,
);
askLake()
  .then(({ tables, name }) => openSqlBox(tables, name))
  .catch(() => openSqlBox([], 'cryptodm'));
