/**
 * SQL that is true for a bar of `crypto_quote` that is made from quotes because nobody traded: it has 0 trades or, where trades are not
 * counted, no volume. `Bar.isQuoted` of the layers has the same rule.
 * @param table name of the table and a dot, or nothing
 */
export function isQuotedSql(table = ''): string {
  return `(${table}trade_count = 0 or (${table}trade_count is null and ${table}volume = 0))`;
}

/** The same for a bar of the index. */
export function isQuoted({ trades, volume }: { trades: number | null; volume: number }): boolean {
  return trades === null ? volume === 0 : trades === 0;
}

/** The same in KQL, for Kibana. */
export function quotedKuery(trades: string, volume: string): string {
  return `${trades} : 0 or (not ${trades} : * and ${volume} : 0)`;
}
