/** A piece of SQL other than blanks and comments. */
export interface Token {
  kind: 'word' | 'quoted' | 'text' | 'symbol';
  /** as written */
  text: string;
  /** characters from the start of the SQL */
  start: number;
  end: number;
}

const piece =
  /(?<skip>\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<word>[\p{L}_][\p{L}\p{N}_$@]*)|(?<quoted>"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$))|(?<text>'(?:[^']|'')*(?:'|$))|(?<symbol>[\s\S])/gu;

/** Splits SQL into words, names, texts and symbols. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const match of sql.matchAll(piece)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined) ?? ['skip'];
    if (kind === 'skip') continue;
    tokens.push({
      kind: kind as Token['kind'],
      text: match[0],
      start: match.index,
      end: match.index + match[0].length,
    });
  }
  return tokens;
}
