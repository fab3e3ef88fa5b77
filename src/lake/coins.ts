/** What the lake knows of a coin without asking anyone: a plausible price to start a simulation at, in USD, and its icon. */
interface Coin {
  price: number;
  icon: string;
}

/** Icon addresses have the form that CoinAPI's `/v1/assets/icons/256` answers. */
const icon = (id: string) => `https://s3.eu-central-1.amazonaws.com/bbxt-static-icons/type-id/png_256/${id}.png`;

const coins: Record<string, Coin> = {
  BTC: { price: 108_000, icon: icon('4caf2b16a0174e26a3482cea69c34cba') },
  LTC: { price: 86, icon: icon('a201762f149941ef9b84e0742cd00e48') },
};

/** Used for the coins the list does not know. */
const otherPrice = 100;

/** Start price of a simulation for a pair, in units of its quote currency. */
export function coinPrice(pair: string): number {
  return coins[pair.split('/')[0] ?? '']?.price ?? otherPrice;
}

/** The bundled icons, for a lake without a CoinAPI key. */
export function bundledIcons(): { asset_id: string; url: string }[] {
  return Object.entries(coins).map(([asset_id, coin]) => ({ asset_id, url: coin.icon }));
}

/** Only the icons of these coins; the last one wins when a coin stands twice. */
export function iconsOf<Icon extends { asset_id: string }>(coins: Iterable<string>, icons: Icon[]): Icon[] {
  const wanted = new Set(coins);
  return [...new Map(icons.filter((icon) => wanted.has(icon.asset_id)).map((icon) => [icon.asset_id, icon])).values()];
}
