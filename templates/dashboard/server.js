/** @import { Answers, Failure, Parameters, SqlRequest, SqlResult } from '../../src/local/dashboard/api.ts' */

/** What the server says is wrong. */
export class ServerFailure extends Error {
  /** @param {Failure['error']} error */
  constructor({ message, where, next }) {
    super(message);
    this.where = where;
    this.next = next;
  }
}

/**
 * @template {keyof Answers} Path
 * @param {Path} path
 * @param {Parameters[Path]} parameters those that are undefined are left out
 * @returns {Promise<Answers[Path]>}
 * @throws ServerFailure
 */
export async function ask(path, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return (await answered(fetch(query.size === 0 ? path : `${path}?${query}`))).json();
}

/**
 * @param {string} sql
 * @returns {Promise<SqlResult>}
 * @throws ServerFailure
 */
export async function runSql(sql) {
  return (await answered(fetch('/api/sql', statement(sql)))).json();
}

/**
 * The rows of a statement as a CSV file.
 * @param {string} sql
 * @param {boolean} raw for programs: texts that a spreadsheet would take for a formula stay as they are
 * @throws ServerFailure
 */
export async function downloadSql(sql, raw) {
  return (await answered(fetch(raw ? '/api/sql.csv?raw' : '/api/sql.csv', statement(sql)))).blob();
}

/** @param {string} sql */
function statement(sql) {
  /** @type {SqlRequest} */
  const content = { sql };
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(content) };
}

/** @param {Promise<Response>} asked */
async function answered(asked) {
  const response = await asked;
  if (response.ok) return response;
  // The session has ended: the server says how to begin another.
  if (response.status === 401) location.reload();
  /** @type {Partial<Failure>} */
  const { error } = await response.json();
  throw new ServerFailure(error ?? { kind: 'internal', message: response.statusText });
}
