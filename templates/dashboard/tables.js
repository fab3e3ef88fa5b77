/**
 * Shows rows as a table. A cell is a text, or `{text, value, className}`, whose exact value is in its title and in `data-value`.
 * @param head titles; one that begins with `#` is of numbers
 * @param fresh whether the row of this index has just come
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

function fill(cell, content, isNumber) {
  cell.classList.toggle('number', isNumber);
  if (content instanceof Node) cell.append(content);
  else if (typeof content === 'object' && content !== null) {
    cell.textContent = content.text;
    if (content.className) cell.classList.add(content.className);
    if (content.value !== undefined && content.value !== null) {
      cell.dataset.value = content.value;
      cell.title = content.value;
    }
  } else cell.textContent = content ?? '';
}

/** Answer of the server as JSON. @throws Error with the message of the server */
export async function ask(path, options) {
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.error?.message ?? response.statusText), answer.error);
  return answer;
}
