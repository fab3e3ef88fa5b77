import { CandleChart, seconds } from './chart.js';
import { Health } from './health.js';
import { Live, calmly } from './live.js';
import { VolumeChart, showPositions, showTrades } from './market.js';
import { change, exact } from './numbers.js';
import { openSqlBox } from './sql.js';
import { ask } from './tables.js';

const element = (id) => document.getElementById(id);
const periods = Object.keys(seconds);

/** Labels of simulated and replayed prices, so that nobody takes them for real ones. */
const sources = {
  simulate: 'simulated prices',
  replay: 'replay of a recording',
  unknown: 'unknown source',
};

const state = { coin: '', period: '1m', prices: new Map(), coins: [] };
const health = new Health();
const volumes = new VolumeChart(element('volume-chart'));
const chart = new CandleChart(
  element('chart'),
  element('legend'),
  async (before) => (await askCandles(1000, before)).candles,
);

function askCandles(limit, before) {
  const query = new URLSearchParams({ coin: state.coin, period: state.period, limit, ...(before && { before }) });
  return ask(`/api/candles?${query}`);
}

/** Candles, volume and price of the chosen coin, from the start. */
async function showCoin() {
  const { coin, period } = state;
  if (coin === '') return;
  element('coin-pair').textContent = coin;
  showCoinFace();
  showPrice();
  const [{ candles }] = await Promise.all([askCandles(1000), showVolume()]);
  if (coin !== state.coin || period !== state.period) return;
  chart.explain([]);
  chart.show(period, candles);
  afterCandles();
  refreshGaps();
}

function afterCandles() {
  element('no-candles').hidden = chart.candles.size > 0;
  const found = new Set(
    [...chart.candles.values()].flatMap(({ source }) => source.split(',').map((one) => one.trim())),
  );
  const label = Object.keys(sources)
    .filter((source) => found.has(source))
    .map((source) => sources[source])
    .join(', ');
  element('source').hidden = label === '';
  element('source').className = 'badge warn';
  element('source').textContent = label;
}

async function showVolume() {
  const { coin } = state;
  if (coin === '') return;
  const { volumes: found } = await ask(`/api/volumes?${new URLSearchParams({ coin })}`);
  if (coin === state.coin) volumes.show(found);
}

/** Logo and name; the pair where the name is unknown. */
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
  const price = state.prices.get(state.coin);
  const shown = element('price');
  shown.textContent = price === undefined ? '–' : exact(price.last.close);
  shown.dataset.start = price?.last.start ?? '';
  for (const [id, before] of [
    ['change-hour', price?.hourAgo],
    ['change-day', price?.dayAgo],
  ]) {
    const { text, sign } = change(price?.last.close, before);
    element(id).textContent = text;
    element(id).className = sign > 0 ? 'up' : sign < 0 ? 'down' : '';
  }
  document.title = price === undefined ? 'Crypto Cotação de Mercado' : `${exact(price.last.close)} ${state.coin}`;
}

async function askPrices() {
  const { prices } = await ask('/api/prices');
  for (const price of prices) state.prices.set(price.coin, price);
  showPrice();
}

/** Coins, in the selector too; the chosen one stays chosen. */
async function askLake() {
  const lake = await ask('/api/lake');
  state.coins = lake.coins;
  const chosen = new URLSearchParams(location.hash.slice(1)).get('coin');
  const known = lake.coins.map(({ pair }) => pair);
  if (!known.includes(state.coin)) state.coin = known.includes(chosen) ? chosen : (known[0] ?? '');
  element('coin').replaceChildren(
    ...lake.coins.map(
      ({ pair, name }) => new Option(name ? `${pair} ${name}` : pair, pair, false, pair === state.coin),
    ),
  );
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
  if (from === undefined || from === to) return;
  const iso = (time) => new Date(time * 1000).toISOString();
  const { gaps } = await ask(`/api/gaps?${new URLSearchParams({ coin, from: iso(from), to: iso(to) })}`);
  if (coin === state.coin) chart.explain(gaps);
}, 10_000);
const refreshLayers = calmly(() => {
  refreshGaps();
  return Promise.all([refreshCandles(), showVolume(), showTrades(), showPositions()]);
}, 2000);
const refreshPrices = calmly(askPrices, 5000);
const refreshAll = calmly(async () => {
  await askLake();
  const first = ask('/api/health').then((found) => health.start(found));
  await Promise.allSettled([showCoin(), askPrices(), first, showTrades(), showPositions()]);
}, 500);

function onBars({ bars }) {
  for (const bar of bars) {
    const price = state.prices.get(bar.coin);
    if (price === undefined) refreshAll();
    else if (bar.start >= price.last.start) price.last = bar;
  }
  const own = bars.filter((bar) => bar.coin === state.coin);
  if (own.length === 0) return;
  showPrice();
  if (state.period === '1m') {
    chart.merge(own.map((bar) => ({ ...bar, volume: String(bar.volume), carried: 0, missing: 0 })));
    afterCandles();
  } else moveLast(own);
  refreshPrices();
}

/** The open candle of a longer period follows the bars; its volume comes with the next one from the tables. */
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

function choose(change) {
  Object.assign(state, change);
  history.replaceState(null, '', `#${new URLSearchParams({ coin: state.coin, period: state.period })}`);
  for (const button of element('periods').children) {
    button.setAttribute('aria-pressed', String(button.textContent === state.period));
  }
  showCoin().catch(() => undefined);
}

function connection(found) {
  const badge = element('connection');
  badge.hidden = found === 'live';
  badge.className = 'badge warn';
  badge.textContent = found === 'live' ? '' : 'connecting again …';
  document.documentElement.dataset.connection = found;

  if (found === 'live') refreshAll();
}

const given = new URLSearchParams(location.hash.slice(1)).get('period');
if (periods.includes(given)) state.period = given;
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
element('coin').addEventListener('change', (event) => choose({ coin: event.target.value }));
element('newest').addEventListener('click', () => chart.newest());
new Live(
  {
    bars: onBars,
    layers: refreshLayers,
    health: (found) => health.show(found),
    icon: () => askLake().then(showCoinFace, () => undefined),
  },
  connection,
);
askLake()
  .then(({ tables }) => openSqlBox(tables))
  .catch(() => openSqlBox([]));
