import { element, elementOf } from './elements.js';
import { ServerFailure, downloadSql, runSql } from './server.js';
import { exact, rounded } from './numbers.js';
import { showTable } from './tables.js';
import { word } from './words.js';

/** @import { Cell } from '../../src/tools/sql/types.ts' */

/**
 * The box for SQL: Ctrl-Enter runs a statement, its result is a table or a file.
 * @param {readonly string[]} tables names to choose from
 * @param {string} lake its name, which the file has
 */
export function openSqlBox(tables, lake) {
  const box = elementOf('sql', HTMLTextAreaElement);
  const form = elementOf('sql-form', HTMLFormElement);
  box.value ||= 'select * from crypto_db.crypto_quote\norder by start_window desc limit 20';
  const chosen = elementOf('sql-tables', HTMLSelectElement);
  chosen.replaceChildren(new Option('…', ''), ...tables.map((name) => new Option(name, name)));
  chosen.addEventListener('change', () => {
    if (chosen.value === '') return;
    box.value = `select * from ${chosen.value} limit 20`;
    chosen.value = '';
    box.focus();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    busy(() => run(box.value));
  });
  element('sql-csv').addEventListener('click', () => busy(() => download(box.value, lake)));
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

/**
 * One statement at a time.
 * @param {() => Promise<string>} act resolves to what the state says
 */
async function busy(act) {
  const buttons = ['sql-run', 'sql-csv'].map((id) => elementOf(id, HTMLButtonElement));
  if (buttons.some((button) => button.disabled)) return;
  for (const button of buttons) button.disabled = true;
  element('sql-error').hidden = true;
  element('sql-state').textContent = word('running');
  try {
    element('sql-state').textContent = await act();
  } catch (thrown) {
    element('sql-state').textContent = word('failed');
    element('sql-result').hidden = true;
    element('sql-error').hidden = false;
    element('sql-error').textContent = describe(thrown).join('\n');
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

/** @param {unknown} thrown */
function describe(thrown) {
  if (!(thrown instanceof ServerFailure)) return [thrown instanceof Error ? thrown.message : String(thrown)];
  return [thrown.message, thrown.where, thrown.next].filter((text) => text !== undefined && text !== '');
}

/** @param {string} sql */
async function run(sql) {
  const { columns, rows, cut, seconds } = await runSql(sql);
  const place = element('sql-result');
  place.hidden = false;
  showTable(
    place,
    columns.map(({ name, kind }) => (kind === 'number' ? `#${name}` : name)),
    rows.map((row) => row.map(cell)),
    { empty: word('noRows') },
  );
  return word(cut ? 'rowsCut' : rows.length === 1 ? 'row' : 'rows', exact(rows.length), rounded(seconds, 2));
}

/** @param {Cell} value */
function cell(value) {
  if (value === null) return { text: 'null', className: 'null' };
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * @param {string} sql
 * @param {string} lake
 */
async function download(sql, lake) {
  const file = await downloadSql(sql, elementOf('sql-raw', HTMLInputElement).checked);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `${lake}-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}Z.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return word('bytes', exact(file.size));
}
