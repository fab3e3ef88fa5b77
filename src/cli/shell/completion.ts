import { tokenize, type Token } from '../../tools/sql/tokens.ts';
import { shellCommands } from './line.ts';
import { findTable, type KnownTable } from './tables.ts';

const keywords = (
  'select from where group by order having limit offset join left right full inner outer cross lateral on using as with ' +
  'union all intersect except distinct case when then else end and or not in is null like ilike between exists true false ' +
  'asc desc nulls first last over partition filter interval cast timestamp date values explain analyze describe summarize show tables'
).split(' ');

const functions = (
  'avg( count( sum( min( max( median( stddev( first( last( arg_max( arg_min( coalesce( nullif( abs( round( floor( ceil( ' +
  'length( lower( upper( substr( replace( concat( extract( date_trunc( now( lag( lead( row_number( rank('
).split(' ');

/** Words that a table comes after. */
const beforeTables = /^(from|join|describe|summarize|table)$/i;

/** What may be typed next, and the piece of the text that each candidate begins with. */
export type Completion = [candidates: string[], typed: string];

/**
 * Completes what is before the cursor: commands of the shell, tables, columns of the tables that the statement names, words and functions.
 * @param text the statement up to the cursor, with the lines before
 * @param unqualified databases whose tables need no database before them
 */
export function complete(text: string, tables: readonly KnownTable[], unqualified: readonly string[]): Completion {
  const command = /^\s*(\\\S*)$/.exec(text)?.[1];
  if (command !== undefined)
    return [
      matching(
        shellCommands.map(({ name }) => name),
        command,
      ),
      command,
    ];
  const names = tableNames(tables, unqualified);
  const described = /^\s*\\d\s+(\S*)$/.exec(text)?.[1];
  if (described !== undefined) return [matching(names, described), described];

  const typed = /[\p{L}\p{N}_.]*$/u.exec(text)?.[0] ?? '';
  const tokens = tokenize(text.slice(0, text.length - typed.length));
  if (!isCode(text)) return [[], typed];
  if (isAfterTableWord(tokens)) return [matching(names, typed), typed];
  const named = namedTables(tokenize(text), tables);
  const dot = typed.lastIndexOf('.');
  if (dot >= 0) {
    const qualifier = typed.slice(0, dot).toLowerCase();
    const columns = (named.get(qualifier) ?? findTable(tables, qualifier))?.columns ?? [];
    const full = columns.map(({ name }) => `${typed.slice(0, dot)}.${name}`);
    return [matching([...full, ...names], typed), typed];
  }
  const columns = [...new Set([...named.values()].flatMap((table) => table.columns.map(({ name }) => name)))];
  const isUpper = /[A-Z]/.test(typed) && typed === typed.toUpperCase();
  const words = [...keywords, ...functions].map((word) => (isUpper ? word.toUpperCase() : word));
  return [matching([...columns, ...named.keys(), ...words], typed), typed];
}

function matching(candidates: readonly string[], typed: string): string[] {
  const start = typed.toLowerCase();
  return [...new Set(candidates)].filter((candidate) => candidate.toLowerCase().startsWith(start));
}

/** Each table as short as it may be, and with its database. */
function tableNames(tables: readonly KnownTable[], unqualified: readonly string[]): string[] {
  const short = tables.flatMap(({ name }) => {
    const [database = '', table = ''] = name.split('.');
    return unqualified.includes(database) ? [table] : [];
  });
  return [...short, ...tables.map(({ name }) => name)];
}

/** Whether the cursor is neither in a text nor in a comment. */
function isCode(text: string): boolean {
  const last = tokenize(`${text}x`).at(-1);
  return last?.end === text.length + 1 && last.kind === 'word';
}

function isAfterTableWord(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1);
  if (last?.kind === 'word') return beforeTables.test(last.text);
  if (last?.text !== ',') return false;
  // In a list of tables, as in FROM a, b.
  const words = tokens.filter(({ kind }) => kind === 'word').map(({ text }) => text.toLowerCase());
  const clause = words.findLast((word) => ['select', 'from', 'by', 'where', 'on'].includes(word));
  return clause === 'from';
}

/** The tables that a statement reads, by every name that it may use for them: with and without database, and their aliases. */
function namedTables(tokens: readonly Token[], tables: readonly KnownTable[]): Map<string, KnownTable> {
  const named = new Map<string, KnownTable>();
  for (let at = 0; at < tokens.length; at += 1) {
    let name = nameAt(tokens, at);
    if (name === undefined) continue;
    const { next } = name;
    if (isAfterTableWord(tokens.slice(0, at))) {
      const table = findTable(tables, name.text);
      if (table !== undefined) {
        named.set(name.text.toLowerCase().split('.').at(-1) ?? '', table);
        name = nameAt(tokens, tokens[next]?.text.toLowerCase() === 'as' ? next + 1 : next);
        if (name !== undefined && !keywords.includes(name.text.toLowerCase())) {
          named.set(name.text.toLowerCase(), table);
        }
      }
    }
    at = next - 1;
  }
  return named;
}

/** A name with its dots that begins at a token; `next` is the token after it. */
function nameAt(tokens: readonly Token[], at: number): { text: string; next: number } | undefined {
  const first = tokens[at];
  if (first?.kind !== 'word') return undefined;
  let text = first.text;
  let next = at + 1;
  while (tokens[next]?.text === '.' && tokens[next + 1]?.kind === 'word') {
    text += `.${tokens[next + 1]?.text ?? ''}`;
    next += 2;
  }
  return { text, next };
}
