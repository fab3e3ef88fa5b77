/**
 * @typedef {object} MarkedCell
 * @property {string} text
 * @property {string | null} [value] the exact value, which goes to the cell's title and to `data-value`
 * @property {string} [className]
 */
/** @typedef {string | number | Node | MarkedCell} Cell */

/**
 * Shows rows as a table.
 * @param {HTMLElement} place
 * @param {readonly string[]} head titles; one that begins with `#` is of numbers
 * @param {readonly (readonly Cell[])[]} rows
 * @param {object} [options]
 * @param {string} [options.empty] what to show without rows
 * @param {(row: number) => boolean} [options.fresh] whether the row of this index is new
 */
export function showTable(place, head, rows, { empty = 'Nothing yet.', fresh = () => false } = {}) {
  if (rows.length === 0) {
    const text = document.createElement('p');
    text.className = 'empty';
    text.textContent = empty;
    place.replaceChildren(text);
    return;
  }
  const table = document.createElement('table');
  const titles = table.createTHead().insertRow();
  for (const title of head) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = title.replace(/^#/, '');
    cell.classList.toggle('number', title.startsWith('#'));
    titles.append(cell);
  }
  const body = table.createTBody();
  rows.forEach((row, at) => {
    const line = body.insertRow();
    line.classList.toggle('fresh', fresh(at));
    row.forEach((content, column) => fill(line.insertCell(), content, head[column]?.startsWith('#') === true));
  });
  const { scrollTop, scrollLeft } = place;
  place.replaceChildren(table);
  place.scrollTop = scrollTop;
  place.scrollLeft = scrollLeft;
}

/**
 * @param {HTMLTableCellElement} cell
 * @param {Cell} content
 * @param {boolean} isNumber
 */
function fill(cell, content, isNumber) {
  cell.classList.toggle('number', isNumber);
  if (content instanceof Node) cell.append(content);
  else if (typeof content === 'object') {
    cell.textContent = content.text;
    if (content.className) cell.classList.add(content.className);
    if (content.value !== undefined && content.value !== null) {
      cell.dataset['value'] = content.value;
      cell.title = content.value;
    }
  } else cell.textContent = String(content);
}
