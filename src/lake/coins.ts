/** What is known about a coin without a request. */
interface Coin {
  name: string;
  /** a plausible price to start a simulation at, in USD */
  price?: number;
  icon?: string;
}

/** An icon's address, as CoinAPI's `/v1/assets/icons/256` returns it. */
const icon = (id: string) => `https://s3.eu-central-1.amazonaws.com/bbxt-static-icons/type-id/png_256/${id}.png`;

/** The coins that Alpaca has pairs of; prices of the summer of 2025. */
const coins: Record<string, Coin> = {
  AAVE: { name: 'Aave', price: 300 },
  AVAX: { name: 'Avalanche', price: 20 },
  BAT: { name: 'Basic Attention Token', price: 0.13 },
  BCH: { name: 'Bitcoin Cash', price: 500 },
  BTC: { name: 'Bitcoin', price: 108_000, icon: icon('4caf2b16a0174e26a3482cea69c34cba') },
  CRV: { name: 'Curve', price: 0.6 },
  DOGE: { name: 'Dogecoin', price: 0.17 },
  DOT: { name: 'Polkadot', price: 3.6 },
  ETH: { name: 'Ethereum', price: 2_600 },
  GRT: { name: 'The Graph', price: 0.09 },
  LINK: { name: 'Chainlink', price: 13.5 },
  LTC: { name: 'Litecoin', price: 86, icon: icon('a201762f149941ef9b84e0742cd00e48') },
  MKR: { name: 'Maker', price: 1_900 },
  PEPE: { name: 'Pepe', price: 0.00001 },
  SHIB: { name: 'Shiba Inu', price: 0.000012 },
  SOL: { name: 'Solana', price: 150 },
  SUSHI: { name: 'SushiSwap', price: 0.6 },
  UNI: { name: 'Uniswap', price: 7.4 },
  USDC: { name: 'USD Coin', price: 1 },
  USDT: { name: 'Tether', price: 1 },
  XRP: { name: 'XRP', price: 2.3 },
  XTZ: { name: 'Tezos', price: 0.55 },
  YFI: { name: 'yearn.finance', price: 5_200 },
};

/** What a unit of a currency costs, in USD. */
const currencies: Record<string, number> = { EUR: 1.17, GBP: 1.36, CHF: 1.25, JPY: 0.0069 };

/** Dollars, and coins that stand for one. */
const isDollar = (id: string) => id.includes('USD') || id === 'DAI';

/** What a unit costs, in USD. One that is not in the list costs between 0.1 and 100, always the same. */
function dollars(id: string): number {
  if (isDollar(id)) return 1;
  const known = Object.hasOwn(coins, id) ? coins[id]?.price : currencies[id];
  if (known !== undefined) return known;
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return Number((10 ** ((3 * hash) / 9973 - 1)).toPrecision(2));
}

/** Start price of a simulation for a pair, in units of its quote currency. */
export function coinPrice(pair: string): number {
  const [base = '', quote = ''] = pair.split('/');
  return Number((dollars(base) / dollars(quote)).toPrecision(6));
}

/** The name of a coin; undefined for a coin that is not in the list. */
export function coinName(id: string): string | undefined {
  return Object.hasOwn(coins, id) ? coins[id]?.name : undefined;
}

/** The bundled icons, for a lake without a CoinAPI key. */
export function bundledIcons(): { asset_id: string; url: string }[] {
  return Object.entries(coins).flatMap(([asset_id, { icon: url }]) => (url === undefined ? [] : [{ asset_id, url }]));
}

/** The icons of these coins; the last one wins when there are two of a coin. */
export function iconsOf<Icon extends { asset_id: string }>(coins: Iterable<string>, icons: Icon[]): Icon[] {
  const wanted = new Set(coins);
  return [...new Map(icons.filter((icon) => wanted.has(icon.asset_id)).map((icon) => [icon.asset_id, icon])).values()];
}
