import { ask, showTable } from './tables.js';

const element = (id) => document.getElementById(id);

/** The box for SQL: Ctrl-Enter runs, the result is a table or a file. */
export function openSqlBox(tables) {
  const box = element('sql');
  box.value ||= 'select * from crypto_db.crypto_quote\norder by start_window desc limit 20';
  const chosen = element('sql-tables');
  chosen.replaceChildren(new Option('…', ''), ...tables.map((name) => new Option(name, name)));
  chosen.addEventListener('change', () => {
    if (chosen.value === '') return;
    box.value = `select * from ${chosen.value} limit 20`;
    chosen.value = '';
    box.focus();
  });
  element('sql-form').addEventListener('submit', (event) => {
    event.preventDefault();
    busy(() => run(box.value));
  });
  element('sql-csv').addEventListener('click', () => busy(() => download(box.value)));
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    element('sql-form').requestSubmit();
  });
}

async function busy(act) {
  const buttons = [element('sql-run'), element('sql-csv')];
  if (buttons[0].disabled) return;
  for (const button of buttons) button.disabled = true;
  element('sql-error').hidden = true;
  element('sql-state').textContent = 'running …';
  try {
    element('sql-state').textContent = await act();
  } catch (fault) {
    element('sql-state').textContent = 'failed';
    element('sql-result').hidden = true;
    element('sql-error').hidden = false;
    element('sql-error').textContent = [fault.message, fault.where, fault.next].filter(Boolean).join('\n');
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

function request(sql) {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ sql }) };
}

async function run(sql) {
  const { columns, rows, cut, seconds } = await ask('/api/sql', request(sql));
  const place = element('sql-result');
  place.hidden = false;
  showTable(
    place,
    columns.map(({ name, kind }) => (kind === 'number' ? `#${name}` : name)),
    rows.map((row) => row.map(cell)),
    { empty: 'No rows.' },
  );
  return `${rows.length} row${rows.length === 1 ? '' : 's'}${cut ? ', and more that are not shown' : ''} in ${seconds.toFixed(2)} s`;
}

function cell(value) {
  if (value === null) return { text: 'null', className: 'null' };
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

async function download(sql) {
  const response = await fetch('/api/sql.csv', request(sql));
  if (!response.ok) {
    const { error } = await response.json();
    throw Object.assign(new Error(error.message), error);
  }
  const file = await response.blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = 'cryptodm.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return `${file.size} bytes`;
}
