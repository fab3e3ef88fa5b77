/** A piece of SQL that means something; blanks and comments are left out. */
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

/** Takes SQL apart, as far as it matters where words, names and texts begin and end. */
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
