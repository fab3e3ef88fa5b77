/** What is known about a coin without a request. */
interface Coin {
  name: string;
  /** a plausible price to start a simulation at, in USD */
  price?: number;
  icon?: string;
}

/** An icon's address, as CoinAPI's `/v1/assets/icons/256` returns it. */
const icon = (id: string) => `https://s3.eu-central-1.amazonaws.com/bbxt-static-icons/type-id/png_256/${id}.png`;

/** The coins that Alpaca has pairs of. */
const coins: Record<string, Coin> = {
  AAVE: { name: 'Aave' },
  AVAX: { name: 'Avalanche' },
  BAT: { name: 'Basic Attention Token' },
  BCH: { name: 'Bitcoin Cash' },
  BTC: { name: 'Bitcoin', price: 108_000, icon: icon('4caf2b16a0174e26a3482cea69c34cba') },
  CRV: { name: 'Curve' },
  DOGE: { name: 'Dogecoin' },
  DOT: { name: 'Polkadot' },
  ETH: { name: 'Ethereum' },
  GRT: { name: 'The Graph' },
  LINK: { name: 'Chainlink' },
  LTC: { name: 'Litecoin', price: 86, icon: icon('a201762f149941ef9b84e0742cd00e48') },
  MKR: { name: 'Maker' },
  PEPE: { name: 'Pepe' },
  SHIB: { name: 'Shiba Inu' },
  SOL: { name: 'Solana' },
  SUSHI: { name: 'SushiSwap' },
  UNI: { name: 'Uniswap' },
  USDC: { name: 'USD Coin' },
  USDT: { name: 'Tether' },
  XRP: { name: 'XRP' },
  XTZ: { name: 'Tezos' },
  YFI: { name: 'yearn.finance' },
};

/** For coins that are not in the list. */
const otherPrice = 100;

/** Start price of a simulation for a pair, in units of its quote currency. */
export function coinPrice(pair: string): number {
  return coins[pair.split('/')[0] ?? '']?.price ?? otherPrice;
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
