import { coinPrice } from '../../../src/lake/coins.ts';

export const venues = ['coinbase', 'kraken', 'alpaca'] as const;
export type Venue = (typeof venues)[number];

/** What is traded, and how many decimals its prices and quantities have. */
export interface Product {
  /** as in BTC/USD */
  pair: string;
  startPrice: number;
  priceDigits: number;
  quantityDigits: number;
}

/** Coins with more decimals than their price asks for. */
const priceDigits: Record<string, number> = { PEPE: 12 };

export function describeProduct(pair: string): Product {
  const startPrice = coinPrice(pair);
  const magnitude = Math.log10(startPrice);
  const limit = (digits: number, low: number, high: number) => Math.min(Math.max(digits, low), high);
  return {
    pair,
    startPrice,
    priceDigits: priceDigits[pair.split('/')[0] ?? ''] ?? limit(Math.round(5 - magnitude), 2, 12),
    // A quantity worth 50,000 is still a whole number below 2^53.
    quantityDigits: limit(Math.floor(11.2 + magnitude), 0, 8),
  };
}
