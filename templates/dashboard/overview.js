import { rowOf, sortRows } from './board.js';
import { element } from './elements.js';
import { change, clock, exact } from './numbers.js';
import { Spark, pointsOf } from './spark.js';
import { word } from './words.js';

/** @import { Bar, CoinMinutes, Price } from '../../src/local/dashboard/api.ts' */
/** @import { BoardRow, Column } from './board.js' */
/** @import { Word } from './words.js' */

/** @type {[column: Column | undefined, title: Word, className: string][]} */
const columns = [
  ['coin', 'coin', ''],
  ['price', 'price', 'number'],
  ['hour', 'change1h', 'number'],
  ['day', 'change24h', 'number'],
  [undefined, 'lastHour', 'line'],
  ['state', 'state', ''],
];

/** Rows are moved no more often than this, because one can't read a table that moves all the time. */
const sortEveryMs = 2000;

/** All coins with their last price, changes, the last hour as a line, and the state of the last minute. */
export class Overview {
  /** @type {readonly string[]} */
  #coins = [];
  /** @type {Map<string, Price>} */
  #prices = new Map();
  /** @type {Map<string, CoinMinutes>} */
  #minutes = new Map();
  /** @type {Map<string, OverviewLine>} */
  #lines = new Map();
  /** Coins whose lines are drawn with the next frame. @type {Set<string>} */
  #changed = new Set();
  #chosen = '';
  /** @type {Column} */
  #column = 'coin';
  #descending = false;
  #sortedAt = -Infinity;
  #body;
  #place;
  #onChoose;

  /**
   * @param {HTMLElement} place
   * @param {(coin: string) => void} onChoose
   */
  constructor(place, onChoose) {
    this.#place = place;
    this.#onChoose = onChoose;
    const table = document.createElement('table');
    const titles = table.createTHead().insertRow();
    for (const [column, title, className] of columns) titles.append(this.#head(column, word(title), className));
    this.#body = table.createTBody();
    place.replaceChildren(table);
    this.#showOrder(titles);
  }

  /** How many coins have a price. */
  get priced() {
    return this.#prices.size;
  }

  /** @param {readonly string[]} coins all that are to be shown */
  list(coins) {
    this.#coins = coins;
    for (const [coin, { row }] of this.#lines) {
      if (coins.includes(coin)) continue;
      row.remove();
      this.#lines.delete(coin);
    }
    this.#draw(coins, true);
    element('no-coins').hidden = coins.length > 0;
  }

  /** @param {readonly Price[]} prices */
  setPrices(prices) {
    for (const price of prices) {
      const { last } = this.#prices.get(price.coin) ?? price;
      // A bar that came while the answer was on its way is newer.
      this.#prices.set(price.coin, isNewer(last, price.last) ? { ...price, last } : price);
    }
    this.#draw(prices.map(({ coin }) => coin));
  }

  /** @param {readonly CoinMinutes[]} minutes */
  setMinutes(minutes) {
    for (const one of minutes) this.#minutes.set(one.coin, one);
    this.#draw(minutes.map(({ coin }) => coin));
  }

  /**
   * Takes bars as they come.
   * @param {readonly Bar[]} bars
   * @returns {boolean} whether all their coins are known
   */
  follow(bars) {
    let known = true;
    for (const bar of bars) {
      const price = this.#prices.get(bar.coin);
      if (price === undefined) known = false;
      else if (!isNewer(price.last, bar)) price.last = bar;
    }
    this.#draw(bars.map(({ coin }) => coin));
    return known;
  }

  /** @param {string} coin */
  choose(coin) {
    for (const one of [this.#chosen, coin]) this.#lines.get(one)?.choose(one === coin);
    this.#chosen = coin;
  }

  /** @param {string} coin */
  rowOf(coin) {
    return rowOf(coin, this.#prices.get(coin), this.#minutes.get(coin));
  }

  /**
   * Draws coins with the next frame.
   * @param {readonly string[]} coins
   */
  #draw(coins, atOnce = false) {
    if (atOnce) this.#sortedAt = -Infinity;
    if (this.#changed.size === 0 && coins.length > 0) requestAnimationFrame(() => this.#drawChanged());
    for (const coin of coins) this.#changed.add(coin);
  }

  #drawChanged() {
    for (const coin of this.#changed) {
      if (!this.#coins.includes(coin)) continue;
      let line = this.#lines.get(coin);
      if (line === undefined) {
        line = new OverviewLine(coin, this.#onChoose);
        line.choose(coin === this.#chosen);
        this.#lines.set(coin, line);
      }
      line.show(this.rowOf(coin));
    }
    this.#changed.clear();
    const isNew = this.#body.rows.length < this.#lines.size;
    const now = performance.now();
    if (!isNew && now - this.#sortedAt < sortEveryMs) return;
    // What somebody is about to press must not move.
    if (!isNew && this.#sortedAt > 0 && this.#place.matches(':hover, :focus-within')) return;
    this.#sortedAt = now;
    this.#order();
  }

  #order() {
    const known = this.#coins.filter((coin) => this.#lines.has(coin)).map((coin) => this.rowOf(coin));
    sortRows(known, this.#column, this.#descending).forEach(({ coin }, at) => {
      const row = this.#lines.get(coin)?.row;
      const there = this.#body.rows[at] ?? null;
      if (row !== undefined && row !== there) this.#body.insertBefore(row, there);
    });
  }

  /**
   * @param {Column | undefined} column
   * @param {string} title
   * @param {string} className
   */
  #head(column, title, className) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.className = className;
    if (column === undefined) cell.textContent = title;
    else {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = title;
      cell.dataset['column'] = column;
      cell.append(button);
      button.addEventListener('click', () => {
        this.#descending = this.#column === column ? !this.#descending : !['coin', 'state'].includes(column);
        this.#column = column;
        this.#showOrder(/** @type {HTMLTableRowElement} */ (cell.parentElement));
        this.#order();
      });
    }
    return cell;
  }

  /** @param {HTMLTableRowElement} titles */
  #showOrder(titles) {
    for (const cell of titles.cells) {
      if (cell.dataset['column'] !== this.#column) cell.removeAttribute('aria-sort');
      else cell.ariaSort = this.#descending ? 'descending' : 'ascending';
    }
  }
}

/**
 * @param {Bar} one
 * @param {Bar} other
 */
function isNewer(one, other) {
  return one.start > other.start || (one.start === other.start && one.revision > other.revision);
}

/** The line of a coin. Only what has changed is written. */
class OverviewLine {
  row = document.createElement('tr');
  #name = document.createElement('button');
  #spark = new Spark();
  #dot = document.createElement('span');
  #word = document.createElement('span');
  #cells;

  /**
   * @param {string} coin
   * @param {(coin: string) => void} onChoose
   */
  constructor(coin, onChoose) {
    this.#cells = columns.map(([, , className]) => {
      const cell = this.row.insertCell();
      cell.className = className;
      return cell;
    });
    const [base, quote] = coin.split('/');
    const rest = document.createElement('small');
    rest.textContent = `/${quote}`;
    this.#name.type = 'button';
    this.#name.append(base ?? '', rest);
    this.row.dataset['coin'] = coin;
    this.row.addEventListener('click', () => onChoose(coin));
    const [name, , , , line, state] = this.#cells;
    name?.append(this.#name);
    line?.append(this.#spark.picture);
    this.#dot.ariaHidden = 'true';
    this.#word.className = 'word';
    state?.append(this.#dot, ' ', this.#word);
  }

  /** @param {boolean} chosen */
  choose(chosen) {
    this.row.classList.toggle('chosen', chosen);
    this.#name.ariaPressed = String(chosen);
  }

  /** @param {BoardRow} row */
  show({ coin, price, start, hour, day, state, closes }) {
    const [, last, one, other, , stateCell] = this.#cells;
    const changes = [change(price, hour), change(price, day)];
    write(last, price === undefined ? '–' : exact(price), 'number');
    for (const [at, cell] of [one, other].entries()) {
      const { text, sign = 0 } = changes[at] ?? { text: '–' };
      write(cell, text, `number ${sign > 0 ? 'up' : sign < 0 ? 'down' : ''}`);
    }
    const known = closes.filter((close) => close !== null);
    const [least, most] = [Math.min(...known), Math.max(...known)];
    const label = known.length === 0 ? `${coin}: ${word('missing')}` : word('sparkOf', coin, exact(least), exact(most));
    this.#spark.draw(pointsOf(closes), label);
    write(this.#word, word(state), 'word');
    if (this.#dot.className !== `dot ${state}`) this.#dot.className = `dot ${state}`;
    const tip = start === undefined ? word(state) : word('stateAt', word(state), clock(start));
    if (stateCell !== undefined && stateCell.title !== tip) stateCell.title = tip;
  }
}

/**
 * @param {HTMLElement | undefined} place
 * @param {string} text
 * @param {string} className
 */
function write(place, text, className) {
  if (place === undefined) return;
  if (place.textContent !== text) place.textContent = text;
  if (place.className !== className.trim()) place.className = className.trim();
}
