/** The exchanges whose own trades the lake takes, by the name of their source. */
export const exchanges = ['coinbase', 'kraken', 'alpaca-stream'] as const;
export type Exchange = (typeof exchanges)[number];

/** Those whose ids count up by one for each pair, so that a missing id proves a missing trade. */
export const countingExchanges: readonly Exchange[] = ['coinbase', 'kraken'];

/** The exchanges that a source names, such as `coinbase,kraken`, in its order; undefined for any other source. */
export function exchangesOf(source: string): Exchange[] | undefined {
  const names = source.split(',').map((name) => name.trim());
  return names.every(isExchange) ? names : undefined;
}

export function isExchange(name: string): name is Exchange {
  return (exchanges as readonly string[]).includes(name);
}

/** Whether missing bars of a source are asked from its history: those of Alpaca. Simulated and recorded ones have none, and an exchange's follow from its trades. */
export function hasHistory(source: string): boolean {
  return source.startsWith('alpaca') && exchangesOf(source) === undefined;
}
