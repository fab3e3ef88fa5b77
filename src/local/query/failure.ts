import { Fault } from '../../errors.ts';
import { positionAt } from '../../tools/sql/position.ts';

/** What DuckDB says about an error with `errors_as_json`. */
export interface EngineError {
  type: string;
  subtype: string | undefined;
  message: string;
  /** bytes from the start of the SQL */
  position: number | undefined;
  /** kind of the missing thing, such as `Table` */
  missing: string | undefined;
  name: string | undefined;
  candidates: string[];
}

/** Reads an error that DuckDB threw; undefined when it isn't one. */
export function readEngineError(thrown: unknown): EngineError | undefined {
  const text = thrown instanceof Error ? thrown.message : '';
  const start = text.indexOf('{"exception_type"');
  if (start < 0) {
    const plain = /^([A-Z][\w ]*?) Error: ([\s\S]*)$/.exec(text);
    if (!plain) return undefined;
    const [, type = '', message = ''] = plain;
    return {
      type,
      message,
      subtype: undefined,
      position: undefined,
      missing: undefined,
      name: undefined,
      candidates: [],
    };
  }
  let raw: Record<string, string>;
  try {
    raw = JSON.parse(text.slice(start)) as Record<string, string>;
  } catch {
    return undefined;
  }
  return {
    type: raw['exception_type'] ?? '',
    subtype: raw['error_subtype'],
    message: raw['exception_message'] ?? text,
    position: raw['position'] === undefined ? undefined : Number(raw['position']),
    missing: raw['type'],
    name: raw['name'],
    candidates: (raw['candidates'] ?? '').split(',').filter((candidate) => candidate !== ''),
  };
}

/** Whether a file of a pinned snapshot is gone, because maintenance removed it after the catalog was read. */
export function isFileGone(thrown: unknown): boolean {
  if (thrown instanceof Fault) return false;
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return true;
  const error = readEngineError(thrown);
  return (
    error !== undefined &&
    /no such file|cannot open file|could not open|does not exist/i.test(error.message) &&
    /^(IO|HTTP|Invalid Input)$/i.test(error.type)
  );
}

/** What was known when a statement failed. */
export interface FailureContext {
  sql: string;
  memoryBytes: number;
}

/** A Fault that says what is wrong with the SQL, where, and what would be right. */
export function explainFailure(thrown: unknown, context: FailureContext): Fault {
  if (thrown instanceof Fault) return thrown;
  const error = readEngineError(thrown);
  if (error === undefined) {
    return new Fault('internal', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }
  const message = (error.message.split('\n', 1)[0] ?? '').trim();
  if (/^out of memory$/i.test(error.type)) {
    const mebibytes = Math.round(context.memoryBytes / 2 ** 20);
    return new Fault('query', `the query needs more than its ${mebibytes} MiB of memory`, {
      next: 'narrow it: fewer columns, a time range in WHERE, a smaller join',
      cause: thrown,
      facts: { memoryBytes: context.memoryBytes },
    });
  }
  if (/^(internal|fatal)$/i.test(error.type)) {
    return new Fault('internal', `the SQL engine failed: ${message}`, { cause: thrown });
  }
  if (/^permission$/i.test(error.type)) {
    return withPlace('SQL reads the tables of the lake only: no files, no network', error, context, thrown, undefined);
  }
  if (error.subtype === 'COLUMN_NOT_FOUND') {
    const near = error.candidates.length === 0 ? undefined : `columns that come close: ${error.candidates.join(', ')}`;
    return withPlace(`no column "${error.name ?? ''}"`, error, context, thrown, near);
  }
  if (error.subtype === 'MISSING_ENTRY' && error.missing?.endsWith('Function')) {
    const near =
      error.candidates.length === 0 ? undefined : `functions that come close: ${error.candidates.join(', ')}`;
    return withPlace(`no function "${error.name ?? ''}"`, error, context, thrown, near);
  }
  return withPlace(message, error, context, thrown, undefined);
}

function withPlace(
  message: string,
  error: EngineError,
  context: FailureContext,
  cause: unknown,
  next: string | undefined,
): Fault {
  const facts: Record<string, unknown> = error.candidates.length > 0 ? { candidates: error.candidates } : {};
  if (error.position === undefined || error.position > Buffer.byteLength(context.sql)) {
    return new Fault('query', message, { next, cause, facts });
  }
  const place = positionAt(context.sql, error.position);
  return new Fault('query', `${message}\n${place.snippet}`, {
    where: place.where,
    next,
    cause,
    facts: { ...facts, ...place.facts },
  });
}

/** The name that someone who wrote `wanted` may have meant; undefined when nothing comes close. */
export function closest(wanted: string, names: readonly string[]): string | undefined {
  const last = (name: string) => name.slice(name.lastIndexOf('.') + 1);
  // `quotes` means crypto_quote.
  const stem = last(wanted).replace(/s$/, '');
  const rank = (name: string) => (stem.length > 3 && name.includes(stem) ? 1 : distance(last(wanted), last(name)));
  const ranked = names
    .map((name) => ({ name, distance: rank(name) }))
    .sort((one, other) => one.distance - other.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, last(wanted).length / 3) ? best.name : undefined;
}

/** Levenshtein's distance. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const swap = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
