/**
 * A pair of the market, such as `BTC/USD`: base and quote currency, 1 to 20 letters or digits each. `Pair` of the JVM side has the same rule;
 * `test/fixtures/pairs` holds both to it.
 */
export const pairPattern = /^[A-Z0-9]{1,20}\/[A-Z0-9]{1,20}$/;

/** A pair as people type it, in any case; undefined if it is none. */
export function readPair(text: string): string | undefined {
  const pair = text.trim().toUpperCase();
  return pairPattern.test(pair) ? pair : undefined;
}
