import { noteWidth } from './sideways.js';
import { word } from './words.js';

/**
 * @typedef {object} MarkedCell
 * @property {string} text
 * @property {string | null} [value] the exact value, which goes to the cell's title and to `data-value`
 * @property {string} [className]
 */
/** @typedef {string | number | Node | MarkedCell} Cell */

/** Rows of a table by their keys, with what they show. @type {WeakMap<HTMLTableElement, Map<string, HTMLTableRowElement>>} */
const shownRows = new WeakMap();

/**
 * Shows rows as a table. One that is there already keeps the rows whose keys are still among these, so that little is drawn again.
 * @param {HTMLElement} place
 * @param {readonly string[]} head titles; one that begins with `#` is of numbers
 * @param {readonly (readonly Cell[])[]} rows
 * @param {object} [options]
 * @param {string} [options.empty] what to show without rows
 * @param {(row: number) => string} [options.key] of the row of this index, unique; the index when absent
 * @param {(row: number) => boolean} [options.fresh] whether the row of this index is new
 */
export function showTable(place, head, rows, { empty = word('nothing'), key = String, fresh = () => false } = {}) {
  if (rows.length === 0) {
    const text = document.createElement('p');
    text.className = 'empty';
    text.textContent = empty;
    place.replaceChildren(text);
    return;
  }
  const table = tableIn(place, head);
  const body = /** @type {HTMLTableSectionElement} */ (table.tBodies[0]);
  const before = shownRows.get(table) ?? new Map();
  /** @type {Map<string, HTMLTableRowElement>} */
  const now = new Map();
  rows.forEach((row, at) => {
    let line = before.get(key(at));
    if (line === undefined) {
      line = document.createElement('tr');
      for (const title of head) line.insertCell().classList.toggle('number', title.startsWith('#'));
      line.classList.toggle('fresh', fresh(at));
    }
    row.forEach((content, column) => fill(/** @type {HTMLTableRowElement} */ (line).cells[column], content));
    now.set(key(at), line);
  });
  for (const [id, line] of before) if (!now.has(id)) line.remove();
  [...now.values()].forEach((line, at) => {
    const there = body.rows[at] ?? null;
    if (line !== there) body.insertBefore(line, there);
  });
  shownRows.set(table, now);
}

/**
 * @param {HTMLElement} place
 * @param {readonly string[]} head
 */
function tableIn(place, head) {
  const there = place.firstElementChild;
  const id = head.join('\n');
  if (there instanceof HTMLTableElement && there.dataset['head'] === id) return there;
  const table = document.createElement('table');
  table.dataset['head'] = id;
  const titles = table.createTHead().insertRow();
  for (const title of head) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = title.replace(/^#/, '');
    cell.classList.toggle('number', title.startsWith('#'));
    titles.append(cell);
  }
  table.createTBody();
  place.replaceChildren(table);
  noteWidth(place, table);
  return table;
}

/**
 * @param {HTMLTableCellElement | undefined} cell
 * @param {Cell} content
 */
function fill(cell, content) {
  if (cell === undefined) return;
  if (content instanceof Node) {
    if (cell.firstChild !== content) cell.replaceChildren(content);
    return;
  }
  const { text, value = null, className = '' } = typeof content === 'object' ? content : { text: String(content) };
  if (cell.textContent !== text) cell.textContent = text;
  const classes = `${cell.classList.contains('number') ? 'number ' : ''}${className}`.trim();
  if (cell.className !== classes) cell.className = classes;
  if (value !== null && cell.dataset['value'] !== value) {
    cell.dataset['value'] = value;
    cell.title = value;
  } else if (value === null && cell.dataset['value'] !== undefined) {
    delete cell.dataset['value'];
    cell.removeAttribute('title');
  }
}
