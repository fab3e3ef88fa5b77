/** A piece of SQL other than blanks and comments. */
export interface Token {
  kind: 'word' | 'quoted' | 'text' | 'symbol';
  /** as written */
  text: string;
  /** characters from the start of the SQL */
  start: number;
  end: number;
}

const piece = new RegExp(
  [
    String.raw`(?<skip>\s+|--[^\n]*|/\*[\s\S]*?(?:\*/|$))`,
    // A text may have escapes (DuckDB's E'it\'s'), or be quoted by dollars ($$it's$$).
    String.raw`(?<text>[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|'(?:[^']|'')*(?:'|$)|\$(?<tag>[\p{L}_]*)\$[\s\S]*?(?:\$\k<tag>\$|$(?![\s\S])))`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_$@]*)`,
    String.raw`(?<quoted>"(?:[^"]|"")*(?:"|$)|\x60[^\x60]*(?:\x60|$))`,
    String.raw`(?<symbol>[\s\S])`,
  ].join('|'),
  'gu',
);

const kinds = ['text', 'word', 'quoted', 'symbol'] as const;

/** Splits SQL into words, names, texts and symbols. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const match of sql.matchAll(piece)) {
    const kind = kinds.find((name) => match.groups?.[name] !== undefined);
    if (kind === undefined) continue;
    tokens.push({
      kind,
      text: match[0],
      start: match.index,
      end: match.index + match[0].length,
    });
  }
  return tokens;
}
