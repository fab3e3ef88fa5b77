import { element } from './elements.js';
import { calmly } from './live.js';
import { aligned, digitsOf, exact, group, instant } from './numbers.js';
import { ask } from './server.js';
import { showTable } from './tables.js';
import { word } from './words.js';

/** @import { MarketTrade, TapeAnswer } from '../../src/local/dashboard/api.ts' */

/** More new trades than these at once are not marked as new: the whole table would flash. */
const mostFresh = 3;

/** @param {'buy' | 'sell' | null} side */
function sideCell(side) {
  if (side === null) return { text: '–' };
  return side === 'buy'
    ? { text: `▲ ${word('buy')}`, className: 'up' }
    : { text: `▼ ${word('sell')}`, className: 'down' };
}

/** The last trades of the chosen coin at the exchanges, as they happen. */
export class MarketTape {
  #coin = '';
  /** How far the last answer went. @type {string | undefined} */
  #next;
  /** Ids of the trades that are shown. @type {Set<string> | undefined} */
  #known;
  #skipped = 0;
  #uncounted = false;
  #paused = false;

  constructor() {
    const button = element('tape-pause');
    button.addEventListener('click', () => {
      this.#paused = !this.#paused;
      button.setAttribute('aria-pressed', String(this.#paused));
      this.#ask();
    });
  }

  /** @param {string} coin */
  choose(coin) {
    if (coin !== this.#coin) element('tape-trades').replaceChildren();
    this.#coin = coin;
    this.#next = undefined;
    this.#known = undefined;
    this.#skipped = 0;
    this.#uncounted = false;
    this.#ask();
  }

  /** @param {readonly string[]} coins that have new trades */
  refresh(coins) {
    if (coins.includes(this.#coin)) this.#ask();
  }

  #ask = calmly(async () => {
    const [coin, after] = [this.#coin, this.#next];
    // What is chosen while it is paused is shown once.
    if (coin === '' || (this.#paused && after !== undefined)) return;
    const answer = await ask('/api/tape', { coin, after });
    if (coin === this.#coin && after === this.#next) this.#show(answer);
  }, 100);

  /** @param {TapeAnswer} answer */
  #show({ trades, next, skipped }) {
    this.#next = next;
    this.#skipped += skipped ?? 0;
    this.#uncounted ||= skipped === null;
    element('tape').hidden = trades.length === 0;
    element('tape-note').textContent = passedText(this.#skipped, this.#uncounted);
    const before = this.#known;
    this.#known = new Set(trades.map(keyOf));
    const fresh = trades.filter((trade) => before?.has(keyOf(trade)) === false).length;
    const digits = digitsOf(trades.map(({ price }) => price));
    showTable(
      element('tape-trades'),
      [word('time'), word('taker'), `#${word('price')}`, `#${word('quantity')}`, word('exchange')],
      trades.map((trade) => [
        { text: instant(trade.time), value: trade.time },
        { ...sideCell(trade.side), value: trade.id },
        { text: aligned(trade.price, digits), value: trade.price },
        { text: exact(trade.quantity), value: trade.quantity },
        trade.source,
      ]),
      {
        key: (at) => keyAt(trades, at),
        fresh: (at) => fresh <= mostFresh && before?.has(keyAt(trades, at)) === false,
      },
    );
  }
}

/**
 * @param {readonly MarketTrade[]} trades
 * @param {number} at
 */
function keyAt(trades, at) {
  return keyOf(/** @type {MarketTrade} */ (trades[at]));
}

/** @param {MarketTrade} trade */
function keyOf({ source, id }) {
  return `${source} ${id}`;
}

/**
 * What could not be shown of all that has happened.
 * @param {number} skipped
 * @param {boolean} uncounted whether there were more that nobody has counted
 */
function passedText(skipped, uncounted) {
  if (skipped === 0) return uncounted ? word('passedSome') : '';
  return word(uncounted ? 'passedMore' : 'passed', group(String(skipped)));
}
