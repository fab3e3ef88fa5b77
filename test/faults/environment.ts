/** Settings for a low rate of the lake's own producers; as settings, because each `up` resets the rate to them. */
export const faultyEnvironment: Record<string, string> = {
  CRYPTODM_SOURCE: 'simulate',
  CRYPTODM_COINS: 'BTC/USD,ETH/USD,LTC/USD,SOL/USD',
  CRYPTODM_QUOTES_RATE: '20',
  CRYPTODM_TRADES_RATE: '20',
};
