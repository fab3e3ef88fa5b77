import { Fault } from '../../errors.ts';
import { tokenize, type Token } from '../../tools/sql/tokens.ts';

const reading = new Set(['select', 'with', 'values', 'table', 'show', 'describe', 'desc']);

/**
 * Accepts one reading statement in Athena's dialect: SELECT, WITH, VALUES, TABLE, SHOW, DESCRIBE, and EXPLAIN [ANALYZE] of these. Athena
 * finds other errors itself.
 * @returns the statement without its final semicolon
 * @throws Fault of kind `query` for anything else, for several statements and for none
 */
export function checkReading(sql: string): string {
  const tokens = tokenize(sql);
  while (isSymbol(tokens.at(-1), ';')) tokens.pop();
  const last = tokens.at(-1);
  if (last === undefined)
    throw new Fault('query', 'there is no SQL statement', { next: 'For example: cryptodm query "show tables".' });
  if (tokens.some((token) => isSymbol(token, ';'))) {
    throw new Fault('query', 'only one statement at a time is allowed', { next: 'Run them one by one.' });
  }
  let at = 0;
  if (isWord(tokens[at], 'explain')) {
    at += 1;
    while (isWord(tokens[at], 'analyze') || isWord(tokens[at], 'verbose')) at += 1;
    // EXPLAIN (TYPE ..., FORMAT ...)
    if (isSymbol(tokens[at], '(') && (isWord(tokens[at + 1], 'type') || isWord(tokens[at + 1], 'format'))) {
      at = tokens.findIndex((token, index) => index > at && isSymbol(token, ')')) + 1;
    }
  }
  while (isSymbol(tokens[at], '(')) at += 1;
  const first = tokens[at];
  if (first?.kind === 'word' && reading.has(first.text.toLowerCase())) return sql.slice(0, last.end);
  throw new Fault(
    'query',
    'only reading statements are allowed: SELECT, WITH, VALUES, DESCRIBE, SHOW TABLES, EXPLAIN',
    {
      next: 'Tables are written through their topics, by the producers and the stream jobs.',
    },
  );
}

/** Names in the lake that `readAsOf` looks for. */
export interface NamedTables {
  /** such as `crypto_db.crypto_quote`; a name without its database means one of these too */
  tables: readonly string[];
  views: readonly string[];
}

/**
 * The statement with the tables of the lake as they were at a time: `FOR TIMESTAMP AS OF` after each name
 * (https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-time-travel-and-version-travel-queries.html).
 * @param at milliseconds since the epoch
 * @throws Fault of kind `query` when it reads no table of the lake, or a view
 */
export function readAsOf(sql: string, at: number, named: NamedTables): string {
  const tokens = tokenize(sql);
  const time = new Date(at).toISOString().replace('T', ' ').replace('Z', ' UTC');
  const ends: number[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const name = nameFrom(tokens, index);
    if (name === undefined) continue;
    const plain = name.parts.join('.').toLowerCase();
    const before = tokens[index - 1];
    const isSource = ['from', 'join'].some((word) => isWord(before, word)) || isSymbol(before, ',');
    const means = (list: readonly string[]) =>
      list.some((known) => known === plain || (name.parts.length === 1 && known.endsWith(`.${plain}`)));
    if (isSource && means(named.views)) {
      throw new Fault('query', `the view ${plain} can't be read as of a time`, {
        where: '--as-of',
        next: 'Read its tables as of that time.',
      });
    }
    if (isSource && means(named.tables) && !isWord(tokens[name.next], 'for')) ends.push(name.end);
    index = name.next - 1;
  }
  if (ends.length === 0) {
    throw new Fault('query', 'the statement reads no table of the lake', {
      where: '--as-of',
      next: `Name one of ${named.tables.join(', ')}, or leave --as-of out.`,
    });
  }
  return ends.reduceRight(
    (text, end) => `${text.slice(0, end)} for timestamp as of timestamp '${time}'${text.slice(end)}`,
    sql,
  );
}

/** A name of one or several parts that starts at a token; `next` is the token after it. */
function nameFrom(tokens: Token[], index: number): { parts: string[]; end: number; next: number } | undefined {
  const parts: string[] = [];
  let next = index;
  let end = 0;
  for (;;) {
    const token = tokens[next];
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'quoted')) return undefined;
    parts.push(token.kind === 'quoted' ? token.text.slice(1, -1) : token.text);
    end = token.end;
    next += 1;
    if (!isSymbol(tokens[next], '.')) return { parts, end, next };
    next += 1;
  }
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toLowerCase() === word;
}

function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.text === symbol;
}
