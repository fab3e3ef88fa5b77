/** A lake whose own producers send at a modest rate, also after an `up`, which takes them back to what is set. */
export const faultyEnvironment: Record<string, string> = {
  CRYPTODM_SOURCE: 'simulate',
  CRYPTODM_COINS: 'BTC/USD,ETH/USD,LTC/USD,SOL/USD',
  CRYPTODM_QUOTES_RATE: '20',
  CRYPTODM_TRADES_RATE: '20',
};
